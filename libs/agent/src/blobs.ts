import type { Bus } from '@parley/bus';
import {
  BlobChunk,
  BlobRef,
  CHUNK_BYTES,
  decodeJson,
  digestOf,
  encodeJson,
  INLINE_BYTES,
  type Json,
} from '@parley/contracts';
import { RetryableError, TerminalError } from './errors.ts';

/** Values over 64 KiB of JSON are kept as blobs, addressed by digest, and travel as references. */
export interface Blobs {
  /** The value itself when it is small, else a reference to where it was stored. */
  spill(value: Json): Promise<Json>;
  /** The value with every reference in it replaced by what it stands for. */
  restore(value: Json): Promise<Json>;
}

/** True when JSON bytes may hold a reference; a cheap test before `restore`. */
export const mayHoldBlob = (payload: Uint8Array): boolean =>
  Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).includes('"$blob"');

export function createBlobs(bus: Bus, ns: string, agent: string): Blobs {
  async function spill(value: Json): Promise<Json> {
    const bytes = encodeJson(value);
    if (bytes.length <= INLINE_BYTES) return value;
    const sha256 = digestOf(bytes);
    const chunks = Array.from({ length: Math.ceil(bytes.length / CHUNK_BYTES) }, (_, k) => ({
      subject: BlobChunk.toSubject({ ns, agent, sha256, k: String(k) }),
      payload: bytes.subarray(k * CHUNK_BYTES, (k + 1) * CHUNK_BYTES),
      id: `${ns}.${agent}.${sha256}.${k}`,
      expect: { lastSequence: 0 },
    }));
    for (const result of await bus.store(chunks)) {
      // A conflict means that the chunk exists: its address is its content.
      if ('code' in result && result.code !== 'conflict') {
        throw new RetryableError('a large value could not be stored', { retryAfterMs: 1_000, cause: result });
      }
    }
    return { $blob: { sha256, by: agent, bytes: bytes.length, type: 'application/json' } };
  }

  async function load({ sha256, by, bytes }: BlobRef['$blob']): Promise<Json> {
    const parts: Uint8Array[] = [];
    for await (const { subject, payload } of bus.read('BLOBS', BlobChunk.filter({ ns, agent: by, sha256 }))) {
      parts[Number(BlobChunk.parseSubject(subject)?.k)] = payload;
    }
    const whole = Buffer.concat(parts.filter((part) => part !== undefined));
    if (whole.length !== bytes || digestOf(whole) !== sha256) {
      throw new TerminalError('blob_missing', `blob ${sha256} of ${by} is missing or damaged`);
    }
    return decodeJson(whole) as Json;
  }

  async function restore(value: Json): Promise<Json> {
    if (value === null || typeof value !== 'object') return value;
    if (Array.isArray(value)) return Promise.all(value.map(restore));
    if ('$blob' in value) {
      const ref = BlobRef.safeParse(value);
      if (ref.success) return load(ref.data.$blob);
    }
    return Object.fromEntries(
      await Promise.all(Object.entries(value).map(async ([key, item]) => [key, await restore(item)] as const)),
    );
  }

  return { spill, restore };
}
