import type { Json } from '@parley/contracts';
import { expect, test } from 'vitest';
import { define, from, task, World } from '../../test/world.ts';
import { compilePlan, DefinitionError, summarize } from '../index.ts';

const list = (more: object = {}) => ({
  kind: 'featureList',
  id: 'f',
  features: from('/input/features'),
  work: task('code'),
  evidence: { command: { run: ['node', '--test'] } },
  ...more,
});
const FEATURES = {
  features: [
    { id: 'add', passes: true },
    { id: 'sub', title: 'Subtract' },
  ],
};
const FILES = { files: [{ path: 'a.mjs', content: '' }] };
const ran = (exitCode: number) => ({ exitCode, digest: 'd1', durationMs: 12, outputTail: 'not ok 1' });

function begun(more: object = {}, input: Json = FEATURES): World {
  const world = new World(list(more));
  world.submit(input);
  return world;
}

test('each feature is worked and then tested by the runner; only its word makes a feature pass', () => {
  const world = begun();
  expect(world.attempt('0.0').input).toEqual({ feature: { id: 'add' }, feedback: null });
  world.result('0.0', FILES);
  expect(world.attempt('0.1')).toMatchObject({ capability: 'run_command', agents: ['runner'], input: FILES });
  world.result('0.1', ran(1), 'runner');
  expect(world.attempt('0.2').input).toMatchObject({ feedback: 'node --test ended with 1, not 0: not ok 1' });
  world.result('0.2', FILES);
  world.result('0.3', ran(0), 'runner');
  expect(world.attempt('0.4').input).toEqual({ feature: { id: 'sub', title: 'Subtract' }, feedback: null });
  world.result('0.4', FILES);
  world.result('0.5', ran(0), 'runner');
  const evidence = { exitCode: 0, digest: 'd1', durationMs: 12, by: 'runner' };
  expect(world.settled()).toMatchObject({
    status: 'completed',
    output: [
      { id: 'add', passes: true, attempts: 2, blocked: 0, evidence: { ...evidence, task: world.attempt('0.3').task } },
      { id: 'sub', passes: true, attempts: 1, blocked: 0, evidence: { ...evidence, task: world.attempt('0.5').task } },
    ],
  });
});

test('a worker that says it is tested is blocked: the attempt counts, no evidence is looked for, and it is on record', () => {
  const world = begun();
  world.result('0.0', { ...FILES, feature: { id: 'add', status: 'tested' } });
  expect(world.attempt('0.1')).toMatchObject({
    capability: 'work',
    input: { feedback: expect.stringContaining('/feature/status says that it was tested') },
  });
  const { nodes } = summarize(world.plan, world.state);
  expect(nodes[0]?.notes).toEqual([expect.stringMatching(/^feature add, attempt 1: blocked: \/feature\/status/)]);
  world.result('0.1', { passes: true, ...FILES });
  expect(world.settled()).toMatchObject({
    status: 'failed',
    error: { code: 'feature_failed', message: expect.stringContaining('feature add has no evidence after 2 attempts') },
  });
  expect(summarize(world.plan, world.state).nodes[0]?.notes).toHaveLength(2);
  expect(world.log.findLast((event) => event.type === 'NodeAdvanced')).toMatchObject({ state: { blocked: 2 } });
});

test('a feature whose attempts are used up is skipped when the list says so', () => {
  const world = begun({ onExhausted: 'skip', attempts: 1 });
  world.result('0.0', { tested: true });
  world.result('0.1', FILES);
  world.result('0.2', ran(0), 'runner');
  expect(world.settled()).toMatchObject({
    status: 'completed',
    output: [
      { id: 'add', passes: false, attempts: 1, blocked: 1, evidence: null },
      { id: 'sub', passes: true, attempts: 1, blocked: 0 },
    ],
  });
});

test('work without files is not tested against what was there before', () => {
  const world = begun();
  world.result('0.0', 'I am done');
  expect(world.attempt('0.1')).toMatchObject({
    capability: 'work',
    input: { feedback: expect.stringContaining('files') },
  });
});

test('work that fails counts as an attempt, and its reason is the feedback', () => {
  const world = begun();
  world.fail('0.0');
  expect(world.attempt('0.1').input).toMatchObject({ feedback: 'broken: it broke' });
});

test('the word of another agent judges too, after the command; its refusal is the feedback', () => {
  const both = { command: { run: ['node', '--test'] }, node: task('judge', { capability: 'verify' }) };
  const world = begun({ evidence: both }, { features: [{ id: 'add' }] });
  world.result('0.0', FILES);
  world.result('0.1', ran(0), 'runner');
  expect(world.attempt('0.2')).toMatchObject({
    capability: 'verify',
    input: { feature: { id: 'add' }, candidate: FILES },
  });
  world.result('0.2', { passed: false, reason: 'no tests of negative numbers' }, 'vera');
  expect(world.attempt('0.3').input).toMatchObject({ feedback: 'no tests of negative numbers' });
  world.result('0.3', FILES);
  world.result('0.4', ran(0), 'runner');
  world.result('0.5', { passed: true }, 'vera');
  expect(world.settled().output).toMatchObject([
    {
      passes: true,
      attempts: 2,
      evidence: { exitCode: 0, by: 'runner', judged: { by: ['vera'], task: world.attempt('0.5').task } },
    },
  ]);
});

test('evidence by an agent that worked on the feature is blocked', () => {
  const world = begun({ evidence: { node: task('judge') }, attempts: 1 });
  world.result('0.0', FILES, 'alice');
  world.result('0.1', { passed: true }, 'alice');
  expect(world.settled().error).toMatchObject({ code: 'feature_failed', message: expect.stringContaining('alice') });
});

test.each([{ passed: 'true' }, {}, 7, null])('the evidence %j is none', (answer) => {
  const world = begun({ evidence: { node: task('judge') } });
  world.result('0.0', FILES);
  world.result('0.1', answer, 'vera');
  expect(world.attempt('0.2').input).toMatchObject({ feedback: expect.stringContaining('passed') });
});

test('evidence that nobody can give ends the list as what kept it from being given', () => {
  const world = begun();
  world.result('0.0', FILES);
  world.fail('0.1', false, 'command_not_allowed');
  expect(world.settled()).toMatchObject({ status: 'failed', error: { code: 'command_not_allowed' } });
});

test('work sees which features pass', () => {
  const world = begun({
    work: task('code', { input: { id: from('/feature/id'), done: from('/done'), n: from('/attempt') } }),
  });
  world.result('0.0', FILES);
  world.result('0.1', ran(0), 'runner');
  expect(world.attempt('0.2').input).toEqual({ id: 'sub', done: ['add'], n: 1 });
});

test.each([
  [{ features: 'none' }, 'not a list'],
  [{ features: [{ title: 'x' }] }, 'feature 0 has no id'],
  [{ features: [{ id: 'a' }, { id: 'a' }] }, 'stands twice'],
  [{ features: Array.from({ length: 101 }, (_, i) => ({ id: `f${i}` })) }, 'at most 100'],
])('a list that is none is refused: %j', (input, message) => {
  expect(begun({}, input).settled().error).toMatchObject({
    code: 'features_invalid',
    message: expect.stringContaining(message),
  });
});

test('an empty list is done', () => {
  expect(begun({}, { features: [] }).settled()).toMatchObject({ status: 'completed', output: [] });
});

test('a paused list goes on where it was', () => {
  const world = begun();
  world.control('pause');
  world.result('0.0', FILES);
  expect(world.openPaths()).toEqual([]);
  world.control('resume');
  expect(world.openPaths()).toEqual(['0.1']);
});

test('an event does not grow with the features before it', () => {
  const features = Array.from({ length: 60 }, (_, i) => ({ id: `feature-${i}` }));
  const world = begun({}, { features });
  const sizes = features.map((_, i) => {
    const before = world.log.length;
    world.result(`0.${2 * i}`, FILES);
    world.result(`0.${2 * i + 1}`, ran(0), 'runner');
    return JSON.stringify(world.log.slice(before, -1)).length;
  });
  expect(sizes[58]).toBeLessThan((sizes[1] ?? 0) + 200);
});

test('who works cannot be the only one to give evidence: it is refused before any run', () => {
  const judge = task('judge', { agents: ['ann'] });
  const definition = define(list({ work: task('code', { agents: ['ann'] }), evidence: { node: judge } }));
  expect(() => compilePlan(definition, 'd')).toThrow(DefinitionError);
});
