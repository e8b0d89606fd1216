import { z } from 'zod';

/** One subject token: what may be inserted between two dots. `.`, `*` and `>` would change the subject's meaning. */
export const TOKEN = /^[A-Za-z0-9_-]{1,128}$/;

/** A validated subject token: namespace, agent, run id, task id, capability. */
export const Token = z.string().regex(TOKEN, 'must be 1 to 128 characters of A-Z a-z 0-9 _ -');

export const isToken = (value: string): boolean => TOKEN.test(value);

/** Number of partitions of a run; part of the wire format, never changed. */
export const PARTITIONS = 64;

/** The partition of a run, `00`–`63`: FNV-1a over the run id, modulo 64. */
export function partitionOf(runId: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < runId.length; i++) {
    hash ^= runId.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  return String((hash >>> 0) % PARTITIONS).padStart(2, '0');
}
