import { expect, test } from 'vitest';
import type { MessagesRequest } from './request.ts';
import { Scenario, ScriptedBrain, type ScenarioInput } from './scenario.ts';

const request = (content: string, rest: Partial<MessagesRequest> = {}): MessagesRequest => ({
  model: 'm',
  max_tokens: 10,
  messages: [{ role: 'user', content }],
  ...rest,
});
const brain = (scenario: ScenarioInput): ScriptedBrain =>
  new ScriptedBrain(Scenario.parse(scenario), () => ({ content: [{ type: 'text', text: 'underneath' }] }));

test('the first rule that fits by substring, expression, system or tool answers', () => {
  const scripted = brain({
    rules: [
      { match: { user: '/^plan/i' }, reply: { json: { steps: 1 } } },
      { match: { system: 'poet' }, reply: { text: 'rhyme' } },
      { match: { tool: 'search' }, reply: { toolUse: { name: 'search', input: { q: 1 } } } },
      { match: { user: 'Hi' }, reply: { text: 'hello', stopReason: 'refusal', usage: { outputTokens: 99 } } },
    ],
  });
  const tools = [{ name: 'search_corpus', input_schema: { type: 'object' as const } }];
  expect(scripted.reply(request('Plan it')).content).toEqual([{ type: 'text', text: '{"steps":1}' }]);
  expect(scripted.reply(request('x', { system: 'You are a poet.' })).content).toEqual([
    { type: 'text', text: 'rhyme' },
  ]);
  expect(scripted.reply(request('x', { tools })).content).toEqual([
    { type: 'tool_use', name: 'search', input: { q: 1 } },
  ]);
  expect(scripted.reply(request('Hi you'))).toMatchObject({ stopReason: 'refusal', outputTokens: 99 });
  expect(scripted.reply(request('other')).content).toEqual([{ type: 'text', text: 'underneath' }]);
  expect(scripted.unused).toEqual([]);
});

test('the nth request a rule fits can get another answer', () => {
  const scripted = brain({ rules: [{ match: { nth: 2 }, reply: { text: 'second' } }, { reply: { text: 'other' } }] });
  const said = [1, 2, 3].map(() => scripted.reply(request('x')).content[0]);
  expect(said.map((block) => block?.type === 'text' && block.text)).toEqual(['other', 'second', 'other']);
});

test('a strict scenario refuses what it does not expect and tells which rules were not used', () => {
  const scripted = brain({ strict: true, rules: [{ match: { user: 'a' }, reply: { text: 'A' } }] });
  expect(() => scripted.reply(request('zzz'))).toThrow(
    expect.objectContaining({ type: 'invalid_request_error', status: 400 }),
  );
  expect(scripted.unused).toEqual([0]);
});

test('a wrong expression or field is refused when the scenario is read', () => {
  expect(Scenario.safeParse({ rules: [{ match: { user: '/(/' }, reply: {} }] }).success).toBe(false);
  expect(Scenario.safeParse({ rules: [{ match: { usr: 'a' }, reply: {} }] }).success).toBe(false);
});
