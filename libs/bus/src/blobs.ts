import {
  BlobChunk,
  BlobRef,
  CHUNK_BYTES,
  ContractError,
  decodeJson,
  digestOf,
  encodeJson,
  INLINE_BYTES,
} from '@parley/contracts';
import type { Json } from '@parley/contracts';
import type { Bus, StreamOutgoing } from './port.ts';

/** Largest blob, and most bytes that one `unspill` fetches. */
const MAX_BLOB_BYTES = 64 * 1024 * 1024;

const JSON_TYPE = 'application/json';
const CHUNKS_AT_ONCE = 8;
/** A blob may hold references to blobs, this deep. */
const MAX_DEPTH = 4;

const chunkSubject = (ns: string, { sha256, by }: BlobRef['$blob'], k: number): string =>
  BlobChunk.toSubject({ ns, agent: by, sha256, k: String(k) });

/**
 * Keeps bytes as chunks in BLOBS, each created once, under their digest; `by` is who may write there. Putting the same content again stores
 * nothing. Throws `ContractError` (`payload_too_large`, `body_required`) or `BusError`.
 */
export async function putBlob(bus: Bus, ns: string, by: string, bytes: Uint8Array, type: string): Promise<BlobRef> {
  if (bytes.length === 0) throw new ContractError('body_required', 'a blob cannot be empty');
  if (bytes.length > MAX_BLOB_BYTES) {
    throw new ContractError(
      'payload_too_large',
      `a blob may have ${MAX_BLOB_BYTES} bytes, this one has ${bytes.length}`,
    );
  }
  const ref: BlobRef = { $blob: { sha256: digestOf(bytes), by, bytes: bytes.length, type } };
  const chunks: StreamOutgoing[] = [];
  for (let k = 0; k * CHUNK_BYTES < bytes.length; k++) {
    const subject = chunkSubject(ns, ref.$blob, k);
    chunks.push({
      subject,
      payload: bytes.subarray(k * CHUNK_BYTES, (k + 1) * CHUNK_BYTES),
      id: digestOf(subject),
      expect: { lastSequence: 0 },
    });
  }
  for (const result of await bus.store(chunks)) {
    // A conflict says that the chunk is there: its subject holds its digest.
    if (result instanceof Error && result.code !== 'conflict') throw result;
  }
  return ref;
}

/** The bytes of a blob, verified against their digest. Throws `ContractError`: `not_found`, `message_invalid`, `payload_too_large`. */
export async function getBlob(bus: Bus, ns: string, ref: BlobRef): Promise<Uint8Array> {
  const { sha256, bytes } = ref.$blob;
  if (bytes > MAX_BLOB_BYTES)
    throw new ContractError(
      'payload_too_large',
      `blob ${sha256} claims ${bytes} bytes, the limit is ${MAX_BLOB_BYTES}`,
    );
  const count = Math.ceil(bytes / CHUNK_BYTES);
  const chunks: Uint8Array[] = [];
  for (let first = 0; first < count; first += CHUNKS_AT_ONCE) {
    const numbers = Array.from({ length: Math.min(CHUNKS_AT_ONCE, count - first) }, (_, i) => first + i);
    const found = await Promise.all(numbers.map(async (k) => await bus.last('BLOBS', chunkSubject(ns, ref.$blob, k))));
    for (const [i, chunk] of found.entries()) {
      if (chunk === undefined)
        throw new ContractError('not_found', `chunk ${first + i} of blob ${sha256} is not there (any more)`);
      chunks.push(chunk.payload);
    }
  }
  const content = Buffer.concat(chunks);
  if (content.length !== bytes || digestOf(content) !== sha256) {
    throw new ContractError('message_invalid', `blob ${sha256} does not have the content that its digest names`);
  }
  return content;
}

/** Replaces a JSON value of more than `INLINE_BYTES` bytes by a reference to a blob. */
export async function spill(bus: Bus, ns: string, by: string, json: Json): Promise<Json> {
  const bytes = encodeJson(json);
  return bytes.length > INLINE_BYTES ? await putBlob(bus, ns, by, bytes, JSON_TYPE) : json;
}

/** Puts the content of JSON blobs in the place of their references, anywhere in the value; references to other types stay. */
export async function unspill(bus: Bus, ns: string, json: Json): Promise<Json> {
  let budget = MAX_BLOB_BYTES;
  const fetch = async (ref: BlobRef): Promise<Json> => {
    budget -= ref.$blob.bytes;
    if (budget < 0)
      throw new ContractError('payload_too_large', `the blobs of one value may have ${MAX_BLOB_BYTES} bytes together`);
    return decodeJson(await getBlob(bus, ns, ref)) as Json;
  };
  const resolve = async (value: Json, depth: number): Promise<Json> => {
    if (value === null || typeof value !== 'object') return value;
    if (Array.isArray(value)) {
      const items: Json[] = [];
      for (const item of value) items.push(await resolve(item, depth));
      return items;
    }
    if ('$blob' in value) {
      const ref = BlobRef.safeParse(value);
      if (!ref.success || ref.data.$blob.type !== JSON_TYPE) return value;
      if (depth === MAX_DEPTH)
        throw new ContractError('json_too_deep', `blobs refer to blobs deeper than ${MAX_DEPTH} levels`);
      return await resolve(await fetch(ref.data), depth + 1);
    }
    const entries: [string, Json][] = [];
    for (const [key, item] of Object.entries(value)) entries.push([key, await resolve(item, depth)]);
    return Object.fromEntries(entries);
  };
  return hasBlob(json) ? await resolve(json, 0) : json;
}

function hasBlob(value: Json): boolean {
  if (value === null || typeof value !== 'object') return false;
  if (Array.isArray(value)) return value.some(hasBlob);
  return '$blob' in value || Object.values(value).some(hasBlob);
}
