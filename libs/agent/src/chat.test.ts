import { ModelError, ScriptedModel } from '@parley/model';
import { expect, test } from 'vitest';
import { z } from 'zod';
import type { ChatAnswer } from './chat.ts';
import type { AgentContext } from './context.ts';
import { defineAgent } from './define-agent.ts';
import { defineTool, type Tool } from './define-tool.ts';
import { type JournalEntries, performOnce } from './testing.ts';

const Answer = z.object({ answer: z.string() });
const double = defineTool({
  name: 'double',
  version: '1',
  description: 'Doubles.',
  input: z.object({ n: z.number() }),
  output: z.object({ n: z.number() }),
  run: ({ n }) => ({ n: 2 * n }),
});

const agentThat = (
  perform: (context: AgentContext) => Promise<unknown>,
  tools: readonly Tool[] | readonly (typeof double)[] = [double],
) =>
  defineAgent({
    name: 'solver',
    version: '1.0.0',
    description: 'Solves.',
    tools,
    capabilities: { solve: { description: 'Solves it.', input: z.null(), output: z.unknown() } },
    perform: { solve: (_, context) => perform(context) },
  });

const wants = (...calls: [id: string, name: string, input: object][]) => ({
  reply: {
    content: calls.map(([id, name, input]) => ({ type: 'tool_use' as const, id, name, input: input as never })),
  },
});
const says = (answer: string) => ({ reply: { parsed: { answer } } });

test('a tool loop runs the tools that the model asks for and returns the checked answer', async () => {
  using model = new ScriptedModel([
    wants(['a', 'double', { n: 2 }], ['b', 'double', { n: 5 }]),
    {
      expect: ({ messages }) => {
        expect(messages.at(-1)?.content).toEqual([
          { type: 'tool_result', toolUseId: 'a', content: '{"n":4}' },
          { type: 'tool_result', toolUseId: 'b', content: '{"n":10}' },
        ]);
      },
      ...says('14'),
    },
  ]);
  const agent = agentThat(({ chat }) => chat('sum', { user: 'add', tools: ['double'], output: Answer }));
  const answer = (await performOnce(agent, 'solve', null, { model })) as ChatAnswer & { output: unknown };
  expect(answer).toMatchObject({ output: { answer: '14' }, turns: 2 });
  expect(answer.toolResults.map(({ content }) => content)).toEqual(['{"n":4}', '{"n":10}']);
});

test('a resumed performance repeats no journaled model or tool call', async () => {
  let runs = 0;
  const counted = defineTool({ ...double, run: ({ n }) => ((runs += 1), { n: 2 * n }) });
  const agent = agentThat(({ chat }) => chat('sum', { user: 'add', tools: ['double'], output: Answer }), [counted]);
  const journal: JournalEntries = [];
  using cut = new ScriptedModel([wants(['a', 'double', { n: 2 }]), { reply: new ModelError('stream_cut', 'cut') }]);
  await expect(performOnce(agent, 'solve', null, { model: cut, journal })).rejects.toMatchObject({
    code: 'stream_cut',
  });
  expect(journal.map(({ n, kind, name }) => [n, kind, name])).toEqual([
    [1, 'model', 'sum#1'],
    [2, 'tool', 'sum#1.1'],
  ]);
  using rest = new ScriptedModel([says('4')]);
  await expect(performOnce(agent, 'solve', null, { model: rest, journal })).resolves.toMatchObject({
    output: { answer: '4' },
  });
  expect(runs).toBe(1);
});

test('faults of a tool call are told to the model and do not end the work', async () => {
  const strange = [
    defineTool({ ...double, name: 'throws', run: () => Promise.reject(new Error('no disk')) }),
    defineTool({ ...double, name: 'lies', run: () => ({ n: 'x' }) as never }),
    defineTool({ ...double, name: 'hangs', timeoutMs: 5, run: () => new Promise<never>(() => {}) }),
    defineTool({ ...double, name: 'floods', output: z.string(), run: () => 'x'.repeat(100_000) as never }),
  ];
  using model = new ScriptedModel([
    wants(
      ['a', 'throws', { n: 1 }],
      ['b', 'lies', { n: 1 }],
      ['c', 'hangs', { n: 1 }],
      ['d', 'none', {}],
      ['e', 'lies', { n: 'one' }],
      ['f', 'floods', { n: 1 }],
    ),
    says('done'),
  ]);
  const agent = agentThat(({ chat }) => chat('try', { user: 'go', tools: strange, output: Answer }), []);
  const { toolResults } = (await performOnce(agent, 'solve', null, { model })) as ChatAnswer;
  expect(toolResults.slice(0, 5).map(({ content, isError }) => [content.split(':')[0], isError])).toEqual([
    ['tool_error', true],
    ['tool_output_invalid', true],
    ['tool_timeout', true],
    ['tool_unknown', true],
    ['tool_arg_invalid', true],
  ]);
  expect(toolResults[5]?.content).toMatch(/x\n\[cut: 100000 bytes, 65536 shown\]$/);
});

test('an answer that does not fit is sent back once, and only once', async () => {
  const agent = agentThat(({ chat }) => chat('ask', { user: 'q', output: Answer }));
  using repaired = new ScriptedModel([{ reply: { parsed: { wrong: 1 } } }, says('right')]);
  await expect(performOnce(agent, 'solve', null, { model: repaired })).resolves.toMatchObject({
    output: { answer: 'right' },
  });
  using stubborn = new ScriptedModel([{ reply: { parsed: { wrong: 1 } } }, { reply: { parsed: { wrong: 2 } } }]);
  await expect(performOnce(agent, 'solve', null, { model: stubborn })).rejects.toMatchObject({
    code: 'result_invalid',
  });
});

test('at the last turn no tool may be asked for, and the loop ends there', async () => {
  const agent = agentThat(({ chat }) => chat('loop', { user: 'q', tools: ['double'], maxTurns: 2 }));
  using model = new ScriptedModel([
    wants(['a', 'double', { n: 1 }]),
    { expect: ({ toolChoice }) => toolChoice?.type === 'none', ...wants(['b', 'double', { n: 1 }]) },
  ]);
  await expect(performOnce(agent, 'solve', null, { model })).rejects.toMatchObject({ code: 'model_turns_exhausted' });
});

test.each([
  ['refusal', 'model_refusal'],
  ['max_tokens', 'model_truncated'],
  ['tool_use', 'llm_protocol'],
] as const)('an answer that ends with %s fails the work as %s', async (stopReason, code) => {
  using model = new ScriptedModel([{ reply: { stopReason, content: [] } }]);
  const agent = agentThat(({ chat }) => chat('ask', { user: 'q' }));
  await expect(performOnce(agent, 'solve', null, { model })).rejects.toMatchObject({ code });
});

test('a step runs once under its name; another request under that name is a mismatch', async () => {
  let runs = 0;
  const agent = agentThat(async ({ step }) => {
    const first = await step('roll', () => ++runs, 'dice');
    const again = await step('roll', () => ++runs, 'dice');
    return [first, again, await step('roll', () => ++runs, 'coin')];
  });
  await expect(performOnce(agent, 'solve', null)).rejects.toMatchObject({ code: 'journal_mismatch' });
  expect(runs).toBe(1);
});
