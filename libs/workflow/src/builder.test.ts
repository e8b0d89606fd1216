import { expect, test } from 'vitest';
import { DefinitionError } from '@parley/core';
import {
  choice,
  concurrent,
  definitionDigest,
  degrade,
  fallback,
  featureList,
  from,
  gate,
  groupChat,
  handoff,
  loop,
  map,
  readWorkflow,
  sequence,
  stateMachine,
  supervisor,
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

const ask = { capability: 'ask' };

test.each([
  [
    handoff('h', { first: work, rules: [{ when: 'result.stuck', to: ask, reason: 'stuck' }], maxHops: 2 }),
    '{ kind: handoff, id: h, first: { capability: work }, rules: [{ when: result.stuck, to: { capability: ask }, reason: stuck }], maxHops: 2 }',
  ],
  [
    choice('c', [{ label: 'a', node: task('a', work) }], { classify: ask, otherwise: task('b', work) }),
    '{ kind: switch, id: c, classify: { capability: ask }, cases: [{ label: a, node: { kind: task, id: a, capability: work } }], otherwise: { kind: task, id: b, capability: work } }',
  ],
  [
    loop('l', task('a', work), { max: 3, until: 'last.done', onMax: 'complete' }),
    '{ kind: loop, id: l, node: { kind: task, id: a, capability: work }, max: 3, until: last.done, onMax: complete }',
  ],
  [
    fallback('f', [task('a', work), task('b', ask)], { on: ['expired'] }),
    '{ kind: fallback, id: f, nodes: [{ kind: task, id: a, capability: work }, { kind: task, id: b, capability: ask }], on: [expired] }',
  ],
  [
    degrade('d', [
      { name: 'best', when: 'run.steps < 3', node: task('a', work) },
      { name: 'least', node: task('b', ask) },
    ]),
    '{ kind: degrade, id: d, levels: [{ name: best, when: run.steps < 3, node: { kind: task, id: a, capability: work } }, { name: least, node: { kind: task, id: b, capability: ask } }] }',
  ],
  [
    stateMachine('m', {
      initial: 'make',
      states: {
        make: { node: task('a', work), on: [{ to: 'make', when: 'visits < 2', max: 1 }, { to: 'done' }] },
        done: { final: 'completed' },
      },
    }),
    '{ kind: stateMachine, id: m, initial: make, states: { make: { node: { kind: task, id: a, capability: work }, on: [{ to: make, when: visits < 2, max: 1 }, { to: done }] }, done: { final: completed } } }',
  ],
  [
    supervisor(
      's',
      [
        { name: 'ann', ask: work },
        { name: 'team', description: 'two', node: task('a', work) },
      ],
      { plan: ask, maxReplans: 1 },
    ),
    '{ kind: supervisor, id: s, workers: [{ name: ann, ask: { capability: work } }, { name: team, description: two, node: { kind: task, id: a, capability: work } }], plan: { capability: ask }, maxReplans: 1 }',
  ],
  [
    groupChat('g', { topic: from('/input'), participants: [{ name: 'ann', ask: work }], end: { consensus: 'all' } }),
    '{ kind: groupChat, id: g, topic: { $from: /input }, participants: [{ name: ann, ask: { capability: work } }], end: { consensus: all } }',
  ],
  [
    concurrent('v', [task('a', work)], { merge: { by: 'vote' }, enough: { count: 1 } }),
    '{ kind: concurrent, id: v, branches: [{ kind: task, id: a, capability: work }], merge: { by: vote }, enough: { count: 1 } }',
  ],
  [
    featureList('fl', {
      features: from('/input'),
      work: task('a', work),
      evidence: { command: { run: ['node', '--test'] }, node: task('b', ask) },
      onExhausted: 'skip',
    }),
    '{ kind: featureList, id: fl, features: { $from: /input }, work: { kind: task, id: a, capability: work }, evidence: { command: { run: [node, --test] }, node: { kind: task, id: b, capability: ask } }, onExhausted: skip }',
  ],
  [
    gate('o', task('a', work), [{ expression: 'candidate == 1' }], { otherwise: task('b', ask) }),
    '{ kind: gate, id: o, node: { kind: task, id: a, capability: work }, checks: [{ expression: candidate == 1 }], otherwise: { kind: task, id: b, capability: ask } }',
  ],
])('%j is the same in YAML, there and back', (built, yaml) => {
  const definition = workflow('one', built);
  expect(readWorkflow(`name: one\nroot: ${yaml}\n`, 'one.yaml').digest).toBe(definitionDigest(definition));
  expect(readWorkflow(toYaml(definition), 'one.yaml').digest).toBe(definitionDigest(definition));
});
