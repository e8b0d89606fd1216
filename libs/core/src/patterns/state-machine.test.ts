import { expect, test } from 'vitest';
import { from, task, World } from '../../test/world.ts';
import { compilePlan, type DefinitionError } from '../index.ts';
import { define } from '../../test/world.ts';

const feature = (more: object = {}) => ({
  kind: 'stateMachine',
  id: 'm',
  initial: 'CODING',
  states: {
    CODING: {
      node: task('code', { input: { feedback: from('/feedback'), round: from('/visits') } }),
      on: [{ to: 'TESTER' }],
    },
    TESTER: {
      node: task('test', { input: from('/last') }),
      on: [
        { to: 'VERIFIER', when: 'output.passed' },
        { to: 'CODING', when: '!output.passed', max: 2 },
        { to: 'GAVE_UP', when: 'visits >= 3' },
      ],
    },
    VERIFIER: {
      node: task('verify'),
      on: [
        { to: 'DONE', gate: [{ schema: { type: 'object', required: ['verdict'] } }] },
        { to: 'CODING', max: 1 },
      ],
      onFailure: 'GAVE_UP',
    },
    DONE: { final: 'completed' },
    GAVE_UP: { final: 'failed' },
  },
  ...more,
});

test('states follow their guards, retries are bounded, and a gate lets through what fits', () => {
  const world = new World(feature());
  world.submit();
  world.result('0.0', 'v1');
  expect(world.attempt('0.1').input).toBe('v1');
  world.result('0.1', { passed: false });
  expect(world.attempt('0.2').input).toEqual({ feedback: null, round: 2 });
  world.result('0.2', 'v2');
  world.result('0.3', { passed: true });
  world.result('0.4', 'no verdict');
  expect(world.attempt('0.5').input).toMatchObject({ feedback: expect.stringContaining('schema'), round: 3 });
  world.result('0.5', 'v3');
  world.result('0.6', { passed: true });
  world.result('0.7', { verdict: 'fine' });
  expect(world.settled()).toMatchObject({ status: 'completed', output: { verdict: 'fine' }, steps: 8 });
});

test('an edge that is used up is not taken again', () => {
  const world = new World(feature());
  world.submit();
  for (let i = 0; i < 3; i++) {
    world.result(`0.${2 * i}`, 'v');
    world.result(`0.${2 * i + 1}`, { passed: false });
  }
  expect(world.settled()).toMatchObject({ status: 'failed', error: { code: 'machine_failed' } });
});

test('a state whose node fails goes where it says, else the machine fails', () => {
  const told = new World(feature());
  told.submit();
  told.result('0.0', 'v1');
  told.result('0.1', { passed: true });
  told.fail('0.2');
  expect(told.settled()).toMatchObject({
    error: { code: 'machine_failed', message: expect.stringContaining('broken') },
  });
  const bare = new World(feature());
  bare.submit();
  bare.fail('0.0');
  expect(bare.settled()).toMatchObject({ status: 'failed', error: { code: 'broken' } });
});

test('without an edge that can be taken it says why each was refused', () => {
  const world = new World(feature());
  world.submit();
  world.result('0.0', 'v1');
  world.result('0.1', { passed: true });
  world.result('0.2', 1);
  world.result('0.3', 'v2');
  world.result('0.4', { passed: true });
  world.result('0.5', 2);
  expect(world.settled()).toMatchObject({
    error: {
      code: 'no_transition',
      message: expect.stringMatching(/DONE: its gate.*CODING: taken 1 times, its limit/),
    },
  });
});

test('a gate asks its validator before the edge is taken; a refusal is the feedback of the next state', () => {
  const world = new World({
    kind: 'stateMachine',
    id: 'm',
    initial: 'MAKE',
    states: {
      MAKE: {
        node: task('make', { input: { feedback: from('/feedback') } }),
        on: [
          { to: 'DONE', gate: [{ expression: 'candidate > 1.0' }, { validator: { capability: 'judge' } }] },
          { to: 'MAKE', max: 2 },
        ],
      },
      DONE: { final: 'completed' },
    },
  });
  world.submit('q');
  world.result('0.0', 1);
  expect(world.attempt('0.1').input).toEqual({ feedback: expect.stringContaining('candidate > 1.0') });
  world.result('0.1', 2);
  expect(world.attempt('0.2')).toMatchObject({ capability: 'judge', input: { candidate: 2, input: 'q' } });
  world.control('pause');
  world.result('0.2', { verdict: 'INVALID', reason: 'not yet' });
  expect(world.openPaths()).toEqual([]);
  world.control('resume');
  expect(world.attempt('0.3').input).toEqual({ feedback: 'not yet' });
  world.result('0.3', 3);
  world.result('0.4', { verdict: 'VALID' });
  expect(world.settled()).toMatchObject({ status: 'completed', output: 3 });
});

test('a command of a gate is run by the runner alone; its exit code decides', () => {
  const world = new World({
    kind: 'stateMachine',
    id: 'm',
    initial: 'MAKE',
    states: {
      MAKE: {
        node: task('make'),
        on: [
          { to: 'DONE', gate: [{ command: { run: ['node', '--test'], workspace: from('/state') } }] },
          { to: 'GAVE_UP' },
        ],
      },
      GAVE_UP: { final: 'failed' },
      DONE: { final: 'completed' },
    },
  });
  world.submit();
  world.result('0.0', { files: [{ path: 'a.mjs', content: '' }] });
  expect(world.attempt('0.1')).toMatchObject({
    capability: 'run_command',
    agents: ['runner'],
    input: { run: ['node', '--test'], workspace: 'MAKE', files: [{ path: 'a.mjs', content: '' }], timeoutMs: 60_000 },
  });
  world.result('0.1', { exitCode: 1, digest: 'd', durationMs: 5, outputTail: 'not ok' }, 'runner');
  expect(world.settled()).toMatchObject({
    status: 'failed',
    error: { code: 'machine_failed', message: expect.stringContaining('not ok') },
  });
});

test('who is asked about a gate and fails leads where the state says', () => {
  const world = new World({
    kind: 'stateMachine',
    id: 'm',
    initial: 'A',
    states: {
      A: { node: task('a'), on: [{ to: 'C', gate: [{ validator: { capability: 'judge' } }] }], onFailure: 'B' },
      B: { on: [{ to: 'C', when: 'error.code == "broken" && state == "B"' }] },
      C: { final: 'completed' },
    },
  });
  world.submit();
  world.result('0.0', 'v');
  world.fail('0.1');
  expect(world.settled()).toMatchObject({ status: 'completed', output: 'v' });
});

test('all transitions together are bounded', () => {
  const world = new World({
    kind: 'stateMachine',
    id: 'm',
    initial: 'A',
    maxTransitions: 3,
    states: {
      A: { node: task('a'), on: [{ to: 'B', when: 'true' }] },
      B: { on: [{ to: 'A', when: 'true' }, { to: 'C' }] },
      C: { final: 'completed' },
    },
  });
  world.submit();
  world.result('0.0', 1);
  world.result('0.1', 1);
  expect(world.settled()).toMatchObject({ status: 'failed', error: { code: 'transitions_exhausted' } });
});

test.each([
  [{ initial: 'Z', states: { A: { final: 'completed' } } }, ['no_start', 'unreachable']],
  [{ initial: 'A', states: {} }, ['no_start']],
  [{ initial: 'A', states: { A: { on: [{ to: 'Q' }] } } }, ['reference_unknown', 'no_end']],
  [{ initial: 'A', states: { A: { on: [] } } }, ['no_end', 'no_end']],
  [
    {
      initial: 'A',
      maxTransitions: 9,
      states: { A: { on: [{ to: 'B' }] }, B: { on: [{ to: 'A' }, { to: 'C' }] }, C: { final: 'completed' } },
    },
    ['unbounded_cycle', 'unbounded_cycle'],
  ],
  [
    {
      initial: 'A',
      states: {
        A: { on: [{ to: 'B', when: 'visits < 2' }, { to: 'C' }] },
        B: { on: [{ to: 'A' }] },
        C: { final: 'completed' },
      },
    },
    ['unbounded_cycle'],
  ],
  [
    {
      initial: 'A',
      states: {
        A: {
          node: { kind: 'task', id: 't', capability: 'c' },
          on: [{ to: 'C', gate: [{ schema: { enum: [] } }] }],
          onFailure: 'A',
        },
        C: { final: 'completed' },
      },
    },
    ['unsatisfiable', 'unbounded_cycle'],
  ],
  [{ initial: 'A', states: { A: { final: 'completed' }, B: { final: 'failed' } } }, ['unreachable']],
])('%j is refused before any run', (machine, codes) => {
  try {
    compilePlan(define({ kind: 'stateMachine', id: 'm', ...machine }), 'd');
    expect.unreachable();
  } catch (error) {
    expect((error as DefinitionError).problems.map(({ code }) => code)).toEqual(codes);
  }
});

test('an unknown state is told with the nearest name', () => {
  const states = { CODING: { on: [{ to: 'TESTR' }] }, TESTER: { final: 'completed' } };
  expect(() => compilePlan(define({ kind: 'stateMachine', id: 'm', initial: 'CODING', states }), 'd')).toThrow(
    'there is no state TESTR; the nearest is TESTER',
  );
});

test('a machine as large as it may be is checked at once, a larger one is refused', () => {
  const chain = (length: number) =>
    Object.fromEntries(
      Array.from({ length }, (_, i) => [
        `s${i}`,
        { on: Array.from({ length: 50 }, (_edge, j) => ({ to: `s${(i + j + 1) % length}`, when: 'visits < 2' })) },
      ]),
    );
  const compile = (length: number) =>
    compilePlan(define({ kind: 'stateMachine', id: 'm', initial: 's0', states: chain(length) }), 'd');
  expect(() => compile(500)).toThrow(/no final state.*\n.*s0 can be reached from itself/);
  expect(() => compile(501)).toThrow('at most 500');
});
