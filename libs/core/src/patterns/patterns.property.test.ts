import type { Json } from '@parley/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Answers, everyRunEnds } from '../../test/play.ts';
import type { World } from '../../test/world.ts';

const task = (id: string, capability = 'work') => ({ kind: 'task', id, capability, attempts: 2, performMs: 500 });

const numbers: Answers = (_task, pick) => pick % 10;

/** Answers drawn from a list, per capability. */
const among =
  (answers: Record<string, readonly Json[]>): Answers =>
  ({ capability }, pick) => {
    const list = answers[capability] ?? [7];
    return list[pick % list.length] ?? null;
  };

/** Places at which a task of this capability was first asked for; a task that was handed over is where it was. */
const scheduled = (world: World, capability: string): number =>
  new Set(
    world.log.flatMap((event) =>
      event.type === 'TaskScheduled' && event.attempt === 1 && event.capability === capability ? [event.path] : [],
    ),
  ).size;

test('switch: every run ends', () => {
  const cases = [
    { when: 'input[0] == 1', label: 'a', node: task('a') },
    { when: 'true', label: 'b', node: task('b') },
  ];
  everyRunEnds(
    fc.record({
      kind: fc.constant('switch'),
      id: fc.constant('s'),
      cases: fc.constantFrom(cases, cases.slice(0, 1)),
      classify: fc.constantFrom(undefined, { capability: 'classify', performMs: 500, attempts: 1 }),
      otherwise: fc.constantFrom(undefined, task('rest')),
    }),
    among({ classify: [{ label: 'a' }, { label: 'b' }, { label: 'z' }, 7, null] }),
  );
});

test('loop: every run ends within its rounds', () => {
  everyRunEnds(
    fc.record({
      kind: fc.constant('loop'),
      id: fc.constant('l'),
      node: fc.constant(task('t')),
      until: fc.constantFrom(undefined, 'last > 7', 'last.x'),
      while: fc.constantFrom(undefined, 'last < 9'),
      max: fc.integer({ min: 1, max: 4 }),
      onMax: fc.constantFrom('fail', 'complete'),
    }),
    numbers,
    { check: (world) => expect(scheduled(world, 'work')).toBeLessThanOrEqual(4) },
  );
});

test('fallback and degrade: every run ends', () => {
  everyRunEnds(
    fc.oneof(
      fc.record({
        kind: fc.constant('fallback'),
        id: fc.constant('f'),
        nodes: fc.constantFrom([task('a')], [task('a'), task('b'), task('c')]),
        on: fc.constantFrom(undefined, ['e'], ['other']),
      }),
      fc.record({
        kind: fc.constant('degrade'),
        id: fc.constant('d'),
        levels: fc.constantFrom(
          [{ name: 'x', node: task('a') }],
          [
            { name: 'x', when: 'input[0] == 2', node: task('a') },
            { name: 'y', node: task('b') },
            { name: 'z', when: 'run.steps < 2', node: task('c') },
          ],
        ),
      }),
    ),
    numbers,
  );
});

test('concurrent with merges and early ends: every run ends', () => {
  everyRunEnds(
    fc.record({
      kind: fc.constant('concurrent'),
      id: fc.constant('fan'),
      branches: fc.constant([task('a'), task('b'), task('c')]),
      maxInFlight: fc.integer({ min: 1, max: 3 }),
      onFailure: fc.constantFrom('all', 'bestEffort', { quorum: 2 }),
      merge: fc.constantFrom(
        { by: 'vote', onTie: 'fail' },
        { by: 'confidence' },
        { by: 'expert', order: ['b', 'a'] },
        { by: 'custom', expression: 'outputs[1]' },
        { by: 'synthesis', ask: { capability: 'sum', performMs: 500, attempts: 1 } },
      ),
      enough: fc.constantFrom(undefined, { count: 1 }, { when: 'last > 5' }),
    }),
    numbers,
  );
});

const asking = (capability: string) => ({ capability, performMs: 500, attempts: 1 });

const checking = among({
  judge: [{ verdict: 'VALID' }, { verdict: 'INVALID', reason: 'r' }, 7],
  run_command: [
    { exitCode: 0, digest: 'd', durationMs: 1, outputTail: '' },
    { exitCode: 1, digest: 'd', durationMs: 1 },
    null,
  ],
  work: [1, 3, 5, 7, 9, { files: [] }],
});

test('gate with checks of every kind and otherwise: every run ends within its rounds', () => {
  everyRunEnds(
    fc.record({
      kind: fc.constant('gate'),
      id: fc.constant('g'),
      node: fc.constant(task('t')),
      checks: fc.subarray(
        [
          { expression: 'candidate > 6', reason: 'too small' },
          { command: { run: ['x'] } },
          { validator: asking('judge') },
          { schema: { type: 'number' } },
        ],
        { minLength: 1 },
      ),
      rounds: fc.integer({ min: 1, max: 3 }),
      otherwise: fc.constantFrom(undefined, task('rest', 'rest')),
    }),
    checking,
    { check: (world) => expect(scheduled(world, 'work')).toBeLessThanOrEqual(3) },
  );
});

test('stateMachine: every run ends within its transitions', () => {
  everyRunEnds(
    fc.record({
      kind: fc.constant('stateMachine'),
      id: fc.constant('m'),
      initial: fc.constant('A'),
      maxTransitions: fc.integer({ min: 1, max: 8 }),
      states: fc.constant({
        A: {
          node: task('a'),
          on: [
            { to: 'B', when: 'output > 3' },
            { to: 'A', max: 2 },
          ],
          onFailure: 'C',
        },
        B: {
          node: task('b'),
          on: [
            {
              to: 'D',
              gate: [
                { schema: { type: 'number', minimum: 5 } },
                { validator: asking('judge') },
                { command: { run: ['x'] } },
              ],
            },
            { to: 'A', when: 'visits < 3' },
          ],
        },
        C: { on: [{ to: 'A', max: 1 }, { to: 'E' }] },
        D: { final: 'completed' },
        E: { final: 'failed' },
      }),
    }),
    checking,
    { check: (world) => expect(scheduled(world, 'work')).toBeLessThanOrEqual(9) },
  );
});

test('supervisor: every run ends within its delegations', () => {
  const plans = [
    { assignments: [{ worker: 'ann', instruction: 'a' }] },
    {
      assignments: [
        { worker: 'ann', instruction: 'a' },
        { worker: 'bob', instruction: 'b' },
      ],
    },
    { assignments: [{ worker: 'zoe', instruction: 'a' }] },
    'nonsense',
  ];
  const asked = (capability: string) => ({ capability, performMs: 500, attempts: 1 });
  everyRunEnds(
    fc.record({
      kind: fc.constant('supervisor'),
      id: fc.constant('s'),
      plan: fc.constant(asked('plan')),
      workers: fc.constant([
        { name: 'ann', ask: asked('work') },
        { name: 'bob', node: task('b') },
      ]),
      review: fc.constantFrom(undefined, asked('review')),
      synthesize: fc.constantFrom(undefined, asked('sum')),
      maxDelegations: fc.integer({ min: 1, max: 6 }),
      maxReplans: fc.integer({ min: 0, max: 2 }),
      maxRevisions: fc.integer({ min: 0, max: 2 }),
      maxInFlight: fc.integer({ min: 1, max: 2 }),
    }),
    among({
      plan: plans,
      review: [{ verdict: 'accept' }, { verdict: 'revise', reason: 'r' }, { verdict: 'reassign' }, 7],
    }),
    {
      check: (world) => {
        expect(scheduled(world, 'work')).toBeLessThanOrEqual(6);
        expect(scheduled(world, 'plan')).toBeLessThanOrEqual(3);
      },
    },
  );
});

test('groupChat: every run ends within its turns, and who is silent never speaks', () => {
  const asked = (capability: string) => ({ capability, performMs: 500, attempts: 1 });
  everyRunEnds(
    fc.record({
      kind: fc.constant('groupChat'),
      id: fc.constant('g'),
      topic: fc.constant('t'),
      participants: fc.constant([
        { name: 'ann', ask: asked('speak') },
        { name: 'bob', ask: asked('speak') },
        { name: 'mod', ask: asked('mod'), silent: true },
      ]),
      select: fc.constantFrom('roundRobin', 'random', { fixed: ['bob', 'mod'] }, { model: asked('select') }),
      maxTurns: fc.integer({ min: 1, max: 5 }),
      end: fc.constantFrom(
        {},
        { keyword: 'x' },
        { consensus: 2 },
        { judge: { ask: asked('judge') } },
        { microUsd: 12 },
      ),
      output: fc.constantFrom('last', 'transcript', { summarize: asked('sum') }),
    }),
    among({
      speak: [{ text: 'a', agree: true }, { text: 'x' }, 7, null],
      select: [{ next: 'ann' }, { next: 'mod' }, 7],
      judge: [{ verdict: 'VALID' }, {}],
    }),
    {
      check: (world) => {
        expect(scheduled(world, 'speak')).toBeLessThanOrEqual(5);
        expect(scheduled(world, 'mod')).toBe(0);
      },
    },
  );
});
