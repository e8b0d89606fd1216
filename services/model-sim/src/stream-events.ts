import type { WireBlock, WireMessage } from './message.ts';

export interface SseEvent {
  type: string;
  [field: string]: unknown;
}

/** Characters of text or JSON that travel in one delta. */
const DELTA_CHARS = 24;

/** The events of a message in the API's order, with one `ping` after the start. */
export function streamEvents(message: WireMessage): SseEvent[] {
  const { usage } = message;
  const opening = {
    ...message,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    stop_details: null,
    usage: { ...usage, output_tokens: Math.min(1, usage.output_tokens) },
  };
  const { stop_reason, stop_sequence, stop_details } = message;
  return [
    { type: 'message_start', message: opening },
    { type: 'ping' },
    ...message.content.flatMap(blockEvents),
    {
      type: 'message_delta',
      delta: { stop_reason, stop_sequence, stop_details, container: null },
      usage: {
        input_tokens: usage.input_tokens,
        cache_creation_input_tokens: usage.cache_creation_input_tokens,
        cache_read_input_tokens: usage.cache_read_input_tokens,
        output_tokens: usage.output_tokens,
        output_tokens_details: null,
        server_tool_use: null,
      },
    },
    { type: 'message_stop' },
  ];
}

/** The wire form of one event. */
export function encodeSse(event: SseEvent): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

function blockEvents(block: WireBlock, index: number): SseEvent[] {
  const [start, deltas] = opened(block);
  return [
    { type: 'content_block_start', index, content_block: start },
    ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
    { type: 'content_block_stop', index },
  ];
}

function opened(block: WireBlock): [start: object, deltas: object[]] {
  switch (block.type) {
    case 'text':
      return [{ ...block, text: '' }, chunks(block.text).map((text) => ({ type: 'text_delta', text }))];
    case 'thinking':
      return [
        { ...block, thinking: '', signature: '' },
        [
          ...chunks(block.thinking).map((thinking) => ({ type: 'thinking_delta', thinking })),
          { type: 'signature_delta', signature: block.signature },
        ],
      ];
    case 'tool_use':
      return [
        { ...block, input: {} },
        ['', ...chunks(JSON.stringify(block.input))].map((partial_json) => ({
          type: 'input_json_delta',
          partial_json,
        })),
      ];
  }
}

/** Pieces of about `DELTA_CHARS`, never splitting a surrogate pair. */
function chunks(text: string): string[] {
  const pieces: string[] = [];
  let piece = '';
  for (const char of text) {
    piece += char;
    if (piece.length < DELTA_CHARS) continue;
    pieces.push(piece);
    piece = '';
  }
  return piece === '' ? pieces : [...pieces, piece];
}
