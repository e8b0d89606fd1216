import { z } from 'zod';

const count = z.int().nonnegative().nullish();

const WireUsage = z.object({
  input_tokens: count,
  output_tokens: count,
  cache_creation_input_tokens: count,
  cache_read_input_tokens: count,
  cache_creation: z.object({ ephemeral_1h_input_tokens: count }).nullish(),
});
export type WireUsage = z.infer<typeof WireUsage>;

const KnownBlock = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), text: z.string() }),
  z.object({ type: z.literal('thinking'), thinking: z.string(), signature: z.string().default('') }),
  z.object({ type: z.literal('redacted_thinking'), data: z.string() }),
  z.object({ type: z.literal('tool_use'), id: z.string().min(1), name: z.string().min(1), input: z.unknown() }),
]);
const KNOWN: ReadonlySet<unknown> = new Set(['text', 'thinking', 'redacted_thinking', 'tool_use']);

/** Blocks of later or server-side kinds travel whole under `other`. */
const WireBlock = z
  .looseObject({ type: z.string() })
  .transform((block) => (KNOWN.has(block.type) ? block : { type: 'other', block }))
  .pipe(z.union([KnownBlock, z.object({ type: z.literal('other'), block: z.record(z.string(), z.unknown()) })]));
export type WireBlock = z.infer<typeof WireBlock>;

const KnownDelta = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text_delta'), text: z.string() }),
  z.object({ type: z.literal('input_json_delta'), partial_json: z.string() }),
  z.object({ type: z.literal('thinking_delta'), thinking: z.string() }),
  z.object({ type: z.literal('signature_delta'), signature: z.string() }),
  z.object({ type: z.literal('other') }),
]);
const DELTAS: ReadonlySet<unknown> = new Set(['text_delta', 'input_json_delta', 'thinking_delta', 'signature_delta']);

const Delta = z
  .looseObject({ type: z.string() })
  .transform((delta) => (DELTAS.has(delta.type) ? delta : { type: 'other' }))
  .pipe(KnownDelta);

const WireStopReason = z.enum([
  'end_turn',
  'max_tokens',
  'stop_sequence',
  'tool_use',
  'pause_turn',
  'refusal',
  'model_context_window_exceeded',
]);

const index = z.int().nonnegative();

/** Event types this adapter interprets; the API may add others, which are to be ignored. */
export const EVENT_TYPES: ReadonlySet<unknown> = new Set([
  'message_start',
  'content_block_start',
  'content_block_delta',
  'content_block_stop',
  'message_delta',
  'message_stop',
]);

/** The events of a Messages API stream, without `ping` and `error`, which the SDK handles itself. */
export const StreamEvent = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('message_start'),
    message: z.object({ id: z.string().min(1), model: z.string().min(1), usage: WireUsage }),
  }),
  z.object({ type: z.literal('content_block_start'), index, content_block: WireBlock }),
  z.object({ type: z.literal('content_block_delta'), index, delta: Delta }),
  z.object({ type: z.literal('content_block_stop'), index }),
  z.object({
    type: z.literal('message_delta'),
    delta: z.object({
      stop_reason: WireStopReason.nullish(),
      stop_details: z.object({ category: z.string().nullish() }).nullish(),
    }),
    usage: WireUsage,
  }),
  z.object({ type: z.literal('message_stop') }),
]);
export type StreamEvent = z.infer<typeof StreamEvent>;
