import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { BrainReply } from './brain.ts';
import { buildMessage, type WireMessage } from './message.ts';
import type { MessagesRequest } from './request.ts';
import { streamEvents } from './stream-events.ts';

const prompt = { input: 1, cacheRead: 2, cacheWrite5m: 3, cacheWrite1h: 4 };

function build(reply: BrainReply, rest: Partial<MessagesRequest> = {}): WireMessage {
  const request: MessagesRequest = {
    model: 'm',
    max_tokens: 1_000,
    messages: [{ role: 'user', content: 'x' }],
    ...rest,
  };
  return buildMessage(request, reply, prompt, 'seed');
}
const text = (value: string): BrainReply => ({ content: [{ type: 'text', text: value }] });

test('usage tells plain, read and written prompt tokens apart', () => {
  expect(build(text('12345678')).usage).toMatchObject({
    input_tokens: 1,
    cache_read_input_tokens: 2,
    cache_creation_input_tokens: 7,
    cache_creation: { ephemeral_5m_input_tokens: 3, ephemeral_1h_input_tokens: 4 },
    output_tokens: 2,
  });
});

test('an answer over max_tokens is cut there and says so, whatever the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 0, max: 8 }), (value, limit) => {
      const message = build(text(value), { max_tokens: limit });
      expect(message.usage.output_tokens).toBeLessThanOrEqual(limit);
      const block = message.content[0];
      expect(block === undefined || (block.type === 'text' && Buffer.byteLength(block.text) <= limit * 4)).toBe(true);
      if (Buffer.byteLength(value) > limit * 4) expect(message.stop_reason).toBe('max_tokens');
    }),
  );
});

test('a tool use that does not fit is left out whole', () => {
  const reply: BrainReply = { content: [{ type: 'tool_use', name: 'search', input: { query: 'a long question' } }] };
  expect(build(reply, { max_tokens: 3 })).toMatchObject({ content: [], stop_reason: 'max_tokens' });
});

test('the first stop sequence ends the text before it', () => {
  expect(build(text('one STOP two END'), { stop_sequences: ['END', 'STOP'] })).toMatchObject({
    content: [{ text: 'one ' }],
    stop_reason: 'stop_sequence',
    stop_sequence: 'STOP',
  });
});

test('the deltas of a stream put together are the message', () => {
  const json = { query: 'ü'.repeat(50), n: [1, { x: null }] };
  const message = build({
    content: [
      { type: 'thinking', thinking: 'hm '.repeat(20), signature: 's' },
      { type: 'text', text: '😀 héllo '.repeat(20) },
      { type: 'tool_use', name: 't', input: json },
    ],
  });
  const events = streamEvents(message);
  const join = (index: number, field: string): string =>
    events
      .filter((event) => event['index'] === index && event.type === 'content_block_delta')
      .map((event) => (event['delta'] as Record<string, string>)[field] ?? '')
      .join('');
  expect(join(0, 'thinking')).toBe('hm '.repeat(20));
  expect(join(1, 'text')).toBe('😀 héllo '.repeat(20));
  expect(JSON.parse(join(2, 'partial_json'))).toEqual(json);
  expect(events.map(({ type }) => type).filter((type) => !type.startsWith('content'))).toEqual([
    'message_start',
    'ping',
    'message_delta',
    'message_stop',
  ]);
});
