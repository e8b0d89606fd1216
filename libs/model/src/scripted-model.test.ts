import { expect, test } from 'vitest';
import { ModelError } from './errors.ts';
import type { ModelRequest } from './request.ts';
import { textOf } from './response.ts';
import { ScriptedModel } from './scripted-model.ts';

const request: ModelRequest = { model: 'm', maxTokens: 5, messages: [{ role: 'user', content: 'Hi' }] };
const signal = new AbortController().signal;

test('replies come in order and the calls are kept', async () => {
  using model = new ScriptedModel([
    { reply: { content: [{ type: 'text', text: 'one' }] } },
    { reply: { content: [{ type: 'tool_use', id: 't', name: 'search', input: {} }] } },
    { reply: { parsed: { ok: true } } },
  ]);
  expect(textOf(await model.complete(request, { signal }))).toBe('one');
  expect(await model.complete(request, { signal })).toMatchObject({ stopReason: 'tool_use' });
  expect(textOf(await model.complete(request, { signal }))).toBe('{"ok":true}');
  expect(model.calls).toEqual([request, request, request]);
});

test('a call too many, or another than expected, fails', async () => {
  using model = new ScriptedModel([{ expect: (r) => r.model === 'other', reply: {} }]);
  await expect(model.complete(request, { signal })).rejects.toMatchObject({ code: 'unexpected_call' });
  await expect(model.complete(request, { signal })).rejects.toMatchObject({ code: 'unexpected_call' });
});

test('a reply never asked for fails on disposal', () => {
  const model = new ScriptedModel([{ reply: {} }]);
  expect(() => model[Symbol.dispose]()).toThrow(expect.objectContaining({ code: 'unused_replies' }));
});

test('a scripted error is thrown as it is, and an aborted signal uses up no reply', async () => {
  const overloaded = new ModelError('overloaded', 'busy');
  using model = new ScriptedModel([{ reply: overloaded }]);
  await expect(model.complete(request, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' });
  await expect(model.complete(request, { signal })).rejects.toBe(overloaded);
});
