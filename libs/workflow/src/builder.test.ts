import { expect, test } from 'vitest';
import { DefinitionError } from '@parley/core';
import {
  concurrent,
  definitionDigest,
  from,
  gate,
  map,
  readWorkflow,
  sequence,
  task,
  toYaml,
  workflow,
} from './index.ts';

const work = { capability: 'work' };
const inBuilder = workflow(
  'everything',
  sequence(
    'all',
    [
      task('plan', { capability: 'plan', input: { question: from('/input/question') }, criteria: { quality: 1 } }),
      map('each', from('/steps/plan/parts'), task('part', { ...work, input: from('/item'), agents: ['ann', 'no'] }), {
        maxInFlight: 4,
        onFailure: { quorum: 1 },
      }),
      concurrent('views', [task('one', work), task('two', { ...work, when: 'input.both', attempts: 1 })]),
      gate('answer', task('write', { capability: 'write', input: from('/feedback') }), [
        { schema: { type: 'object' } },
        { validator: { capability: 'review' } },
      ]),
    ],
    { stopWhen: 'previous == null' },
  ),
  { description: 'One node of every kind.', limits: { tokens: 1_000 }, inputSchema: { type: 'object' } },
);

const inYaml = `
description: One node of every kind.
name: everything
limits: { tokens: 1000 }
inputSchema: { type: object }
root:
  kind: sequence
  id: all
  stopWhen: previous == null
  steps:
    - kind: task
      id: plan
      capability: plan
      input: { question: { $from: /input/question } }
      criteria: { quality: 1 }
    - kind: concurrent
      id: each
      map:
        over: { $from: /steps/plan/parts }
        node: { kind: task, id: part, capability: work, input: { $from: /item }, agents: [ann, "no"] }
      maxInFlight: 4
      onFailure: { quorum: 1 }
    - kind: concurrent
      id: views
      branches:
        - { kind: task, id: one, capability: work }
        - { kind: task, id: two, capability: work, when: input.both, attempts: 1 }
    - kind: gate
      id: answer
      node: { kind: task, id: write, capability: write, input: { $from: /feedback } }
      checks:
        - schema: { type: object }
        - validator: { capability: review }
`;

test('builder and YAML of the same workflow have the same digest', () => {
  expect(definitionDigest(inBuilder)).toBe(readWorkflow(inYaml, 'flow.yaml').digest);
});

test('a definition written as YAML reads as the same definition, without what is the default', () => {
  const text = toYaml(inBuilder);
  expect(readWorkflow(text, 'flow.yaml').digest).toBe(definitionDigest(inBuilder));
  expect(text).not.toContain('performMs');
  expect(text).toContain('"no"');
});

test('what is built wrong is told at once, with its place', () => {
  const build = () => workflow('wrong', sequence('s', [task('a b', work), task('c', { capability: '' })]));
  expect(build).toThrow(DefinitionError);
  expect(build).toThrow(/\/root\/steps\/0\/id: id is "a b".*\n\/root\/steps\/1\/capability/);
  expect(() => workflow('wrong', sequence('s', [task('a', work), task('a', work)]))).toThrow(/the id a is taken/);
});
