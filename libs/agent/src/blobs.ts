import { type Bus, spill, unspill } from '@parley/bus';
import { ContractError, type Json } from '@parley/contracts';
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

/** The blobs of one agent. Throws `TerminalError` for what is too large or gone, `RetryableError` for an outage. */
export const createBlobs = (bus: Bus, ns: string, agent: string): Blobs => ({
  spill: (value) => spill(bus, ns, agent, value).catch(rethrow),
  restore: (value) => unspill(bus, ns, value).catch(rethrow),
});

function rethrow(cause: unknown): never {
  if (cause instanceof ContractError) throw new TerminalError(`blob_${cause.code}`, cause.message, { cause });
  throw new RetryableError('a large value could not be stored or read', { retryAfterMs: 1_000, cause });
}
