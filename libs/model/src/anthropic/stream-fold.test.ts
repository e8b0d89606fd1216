import { expect, test } from 'vitest';
import type { ModelError } from '../errors.ts';
import { StreamFold } from './stream-fold.ts';

const start = {
  type: 'message_start',
  message: { id: 'msg_1', model: 'm', usage: { input_tokens: 7, output_tokens: 1, cache_read_input_tokens: 3 } },
};
const open = (index: number, content_block: object) => ({ type: 'content_block_start', index, content_block });
const delta = (index: number, d: object) => ({ type: 'content_block_delta', index, delta: d });
const stop = (index: number) => ({ type: 'content_block_stop', index });
const end = (stop_reason: string | null) => ({
  type: 'message_delta',
  delta: { stop_reason },
  usage: { output_tokens: 9 },
});
const done = { type: 'message_stop' };

const text = [open(0, { type: 'text', text: '' }), delta(0, { type: 'text_delta', text: 'Hi' }), stop(0)];
const tool = [
  open(1, { type: 'tool_use', id: 't1', name: 'search', input: {} }),
  delta(1, { type: 'input_json_delta', partial_json: '{"q":' }),
  delta(1, { type: 'input_json_delta', partial_json: '"x"}' }),
  stop(1),
];
const whole = [start, ...text, ...tool, end('tool_use'), done];

function fold(events: readonly unknown[]): StreamFold {
  const folded = new StreamFold();
  for (const event of events) folded.add(event);
  return folded;
}

function failure(events: readonly unknown[]): ModelError {
  try {
    fold(events).finish();
  } catch (error) {
    return error as ModelError;
  }
  throw new Error('the stream was accepted');
}

test('a complete stream becomes a message with text, tool input and the last usage', () => {
  expect(fold(whole).finish()).toEqual({
    id: 'msg_1',
    model: 'm',
    content: [
      { type: 'text', text: 'Hi' },
      { type: 'tool_use', id: 't1', name: 'search', input: { q: 'x' } },
    ],
    stopReason: 'tool_use',
    usage: { inputTokens: 7, outputTokens: 9, cacheReadTokens: 3, cacheWriteTokens: 0 },
  });
});

test('a stream that ends before its last event is cut, wherever it ends', () => {
  for (let length = 0; length < whole.length; length += 1) {
    expect(failure(whole.slice(0, length)).code, `after ${length} events`).toBe('stream_cut');
  }
});

test('leaving out any one event but a text delta is noticed', () => {
  for (const [index, left] of whole.entries()) {
    if (left.type === 'content_block_delta' && index < 4) continue;
    const events = whole.toSpliced(index, 1);
    expect(['protocol', 'stream_cut'], `without event ${index} (${left.type})`).toContain(failure(events).code);
  }
});

test('every one of the seven stop reasons is a result', () => {
  const reasons = [
    'end_turn',
    'max_tokens',
    'stop_sequence',
    'tool_use',
    'pause_turn',
    'refusal',
    'model_context_window_exceeded',
  ];
  for (const reason of reasons) expect(fold([start, end(reason), done]).finish().stopReason).toBe(reason);
});

test('an unknown stop reason is never a result', () => {
  expect(failure([start, end('weird'), done]).code).toBe('protocol');
  expect(failure([start, end(null), done]).code).toBe('protocol');
});

test('events out of order, repeated or misplaced are refused', () => {
  const wrong = [
    [done],
    [start, start],
    [start, stop(0)],
    [start, text[0], text[0]],
    [start, open(1, { type: 'text', text: '' })],
    [start, text[0], delta(1, { type: 'text_delta', text: 'x' })],
    [start, text[0], delta(0, { type: 'input_json_delta', partial_json: '{' })],
    [start, text[0], end('end_turn')],
    [...whole, done],
    [start, { type: 'content_block_delta', index: 0, delta: { type: 'text_delta' } }],
    [null],
    ['text'],
  ];
  for (const events of wrong) expect(failure(events).code, JSON.stringify(events)).toBe('protocol');
});

test('tool input that is truncated JSON is refused instead of completed', () => {
  const truncated = [start, ...text, ...tool.slice(0, 2), stop(1), end('tool_use'), done];
  expect(failure(truncated)).toMatchObject({ code: 'protocol', cause: expect.any(SyntaxError) });
});

test('event and delta kinds of a later API are ignored, and unknown blocks are kept whole', () => {
  const block = { type: 'server_thing', id: 's', payload: [1] };
  const events = [
    start,
    { type: 'news' },
    open(0, block),
    delta(0, { type: 'novel_delta' }),
    stop(0),
    end('end_turn'),
    done,
  ];
  expect(fold(events).finish().content).toEqual([{ type: 'opaque', block }]);
});

test('a stream cut before its final count tells the input it used and leaves the output open', () => {
  const input = { inputTokens: 7, cacheReadTokens: 3, cacheWriteTokens: 0 };
  expect(failure([start, ...text]).usage).toEqual(input);
  expect(failure([start, ...text, end('end_turn')]).usage).toEqual({ ...input, outputTokens: 9 });
});
