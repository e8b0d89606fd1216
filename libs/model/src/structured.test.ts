import { expect, test } from 'vitest';
import { z } from 'zod';
import type { ModelRequest } from './request.ts';
import type { ModelResponse, StopReason } from './response.ts';
import { parseStructured, repairRequest } from './structured.ts';

const Answer = z.object({ answered: z.boolean(), quotes: z.array(z.string()).min(1) });

function response(text: string, parsed?: unknown, stopReason: StopReason = 'end_turn'): ModelResponse {
  return {
    id: 'msg_1',
    model: 'm',
    content: text === '' ? [] : [{ type: 'text', text }],
    stopReason,
    usage: { inputTokens: 1, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0 },
    latencyMs: 1,
    ...(parsed === undefined ? {} : { parsed }),
  };
}

test('a fitting answer is returned typed', () => {
  const value = { answered: true, quotes: ['a'] };
  expect(parseStructured(Answer, response(JSON.stringify(value), value))).toEqual({ ok: true, value });
});

test('a constraint the provider dropped is still enforced, and the fault names its place', () => {
  const result = parseStructured(Answer, response('…', { answered: true, quotes: [] }));
  expect(result).toMatchObject({ ok: false, repairable: true, problem: expect.stringContaining('quotes') });
});

test('text that is no JSON can be repaired, a refusal or a cut answer cannot', () => {
  expect(parseStructured(Answer, response('Sure!'))).toMatchObject({
    repairable: true,
    problem: 'the answer is not JSON',
  });
  expect(parseStructured(Answer, response(''))).toMatchObject({ repairable: true, problem: 'the answer is empty' });
  for (const reason of ['refusal', 'max_tokens', 'model_context_window_exceeded', 'pause_turn', 'tool_use'] as const) {
    expect(parseStructured(Answer, response('{', undefined, reason))).toMatchObject({ ok: false, repairable: false });
  }
});

test('a repair turn repeats the conversation, the faulty answer and the fault', () => {
  const request: ModelRequest = { model: 'm', maxTokens: 9, messages: [{ role: 'user', content: 'Answer.' }] };
  const repaired = repairRequest(request, response('Sure!'), { problem: 'not JSON', repairable: true });
  expect(repaired.messages).toHaveLength(3);
  expect(repaired.messages[1]).toEqual({ role: 'assistant', content: [{ type: 'text', text: 'Sure!' }] });
  expect(repaired.messages[2]).toMatchObject({ role: 'user', content: expect.stringContaining('not JSON') });
  expect(request.messages).toHaveLength(1);
});

test('an empty answer is not sent back as an empty message', () => {
  const request: ModelRequest = { model: 'm', maxTokens: 9, messages: [{ role: 'user', content: 'Answer.' }] };
  const { messages } = repairRequest(request, response(''), { problem: 'empty', repairable: true });
  expect(messages[1]?.content).not.toHaveLength(0);
});
