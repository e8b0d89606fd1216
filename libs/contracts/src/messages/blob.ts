import { z } from 'zod';
import { defineMessage } from '../define-message.ts';
import { Token } from '../tokens.ts';

/** Payloads above this many bytes travel as blobs. */
export const INLINE_BYTES = 65_536;

/** Bytes of one chunk. */
export const CHUNK_BYTES = 262_144;

/** Stands in JSON for a value that is kept as a blob: `{ "$blob": { sha256, by, bytes, type } }`. */
export const BlobRef = z.strictObject({
  $blob: z.strictObject({
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
    by: Token,
    bytes: z.int().positive(),
    type: z.string().max(128),
  }),
});
export type BlobRef = z.infer<typeof BlobRef>;

/** One chunk of a blob: raw bytes, not JSON. */
export const BlobChunk = defineMessage({
  type: 'blob',
  subject: 'parley.v1.blob.{ns}.{agent}.{sha256}.{k}',
  delivery: 'BLOBS',
  from: ['agent', 'conductor', 'cli'],
  to: ['agent', 'conductor', 'cli'],
  why: 'chunk k of the content with that digest, created once; the payload is the bytes themselves',
  body: z.never(),
});
