import { expect, test } from 'vitest';
import { from, sequence, task, World } from '../../test/world.ts';
import { compilePlan, unresolvedIn, withInlined } from '../index.ts';
import { define } from '../../test/world.ts';

const inner = (root: unknown, more: object = {}) => ({
  kind: 'subworkflow',
  id: 'sub',
  workflow: 'inner',
  root,
  digest: 'd',
  ...more,
});

test('it runs the nodes of the other workflow in the same run and ends as they do', () => {
  const world = new World(sequence('s', task('a'), inner(sequence('s', task('a'), task('b')))));
  world.submit({ n: 1 });
  world.result('0.0', 'first');
  expect(world.openPaths()).toEqual(['0.1.0.0']);
  world.result('0.1.0.0', 'second');
  world.result('0.1.0.1', 'third');
  expect(world.settled()).toMatchObject({ status: 'completed', output: 'third', steps: 3 });
});

test('its nodes see the input that it is given, and /run; a task without an input gets it', () => {
  const nodes = sequence('s', task('x'), task('y', { input: { all: from('/input'), used: from('/run/steps') } }));
  const world = new World(sequence('o', task('a'), inner(nodes, { input: { q: from('/steps/a') } })));
  world.submit({ n: 1 });
  world.result('0.0', 'found');
  expect(world.attempt('0.1.0.0').input).toEqual({ q: 'found' });
  world.result('0.1.0.0', 0);
  expect(world.attempt('0.1.0.1').input).toEqual({ all: { q: 'found' }, used: 2 });
});

test('without an input it gets what a task in its place would: the step before, the item, else the input', () => {
  const steps = new World(sequence('o', task('a'), inner(task('x'))));
  steps.submit({ n: 1 });
  steps.result('0.0', 'before');
  expect(steps.attempt('0.1.0').input).toBe('before');
  const mapped = new World({ kind: 'concurrent', id: 'c', map: { over: [5], node: inner(task('x')) } });
  mapped.submit({ n: 1 });
  expect(mapped.attempt('0.0.0').input).toBe(5);
  const bare = new World(inner(inner(task('x'))));
  bare.submit({ n: 1 });
  expect(bare.attempt('0.0.0').input).toEqual({ n: 1 });
});

test('an input that does not fit the schema of the other workflow fails as input_invalid', () => {
  const world = new World(inner(task('x'), { input: 7, inputSchema: { type: 'string' } }));
  world.submit();
  expect(world.settled()).toMatchObject({ status: 'failed', error: { code: 'input_invalid' } });
  expect(world.settled().error?.message).toContain('inner');
});

test('an input that cannot be had fails as input_unresolved', () => {
  const world = new World(inner(task('x'), { input: from('/input/q') }));
  world.submit({});
  expect(world.settled()).toMatchObject({ status: 'failed', error: { code: 'input_unresolved' } });
});

test('it fails as its workflow does, and a skipped one was never begun', () => {
  const world = new World(inner(task('x')));
  world.submit();
  world.fail('0.0');
  expect(world.settled()).toMatchObject({ status: 'failed', error: { code: 'broken' } });
  const skipped = new World(sequence('o', inner(task('x'), { when: 'input.on' }), task('b')));
  skipped.submit({ on: false });
  expect(skipped.openPaths()).toEqual(['0.1']);
});

test('one that was not put in at registration fails as workflow_unknown', () => {
  const world = new World({ kind: 'subworkflow', id: 'sub', workflow: 'inner' });
  world.submit();
  expect(world.settled()).toMatchObject({ status: 'failed', error: { code: 'workflow_unknown' } });
});

const problemsOf = (root: unknown): string => {
  try {
    compilePlan(define(root), 'd');
    return '';
  } catch (error) {
    return (error as Error).message;
  }
};

test('names of what is around it are not visible inside, and ids inside are its own', () => {
  const reaching = sequence('o', task('a'), inner(task('x', { input: from('/steps/a') })));
  expect(problemsOf(reaching)).toMatch('/root/steps/1/root/input: /steps/a: no earlier step a is visible');
  expect(problemsOf(sequence('o', task('a'), inner(task('x', { when: 'previous == 1' }))))).toMatch('/previous');
  expect(problemsOf(sequence('o', task('a'), inner(task('a')), inner(task('a'), { id: 'sub2' })))).toBe('');
  expect(problemsOf(inner(sequence('s', task('a'), task('a'))))).toMatch('/root/root/steps/1/id');
  expect(problemsOf(inner(task('x'), { input: { used: from('/run/steps') } }))).toMatch('/run/steps changes');
});

test('depth and nodes count what is put in', () => {
  const deep = Array.from({ length: 60 }).reduce<unknown>((node, _, i) => sequence(`n${i}`, node), task('t'));
  expect(problemsOf(deep)).toBe('');
  expect(problemsOf(inner(inner(deep)))).toBe('');
  const deeper = Array.from({ length: 60 }).reduce<unknown>((node, _, i) => sequence(`m${i}`, node), inner(deep));
  expect(problemsOf(deeper)).toMatch('nest deeper than 100');
  const many = sequence('m', ...Array.from({ length: 6_000 }, (_, i) => task(`t${i}`)));
  expect(problemsOf(sequence('o', inner(many), inner(many, { id: 'two' })))).toMatch('more than 10000 nodes');
});

test('what stands for a name is found wherever it is, also in what was put in, and is replaced there', () => {
  const named = { kind: 'subworkflow', id: 'n', workflow: 'w' };
  const data = task('t', { input: named });
  const definition = define(sequence('o', data, { kind: 'loop', id: 'l', max: 2, node: named }, inner(named)));
  const unresolved = unresolvedIn(definition);
  expect(unresolved.map(({ pointer }) => pointer)).toEqual(['/root/steps/1/node', '/root/steps/2/root']);
  const whole = { root: define(task('x')).root, digest: 'e' };
  const after = withInlined(definition, new Map(unresolved.map(({ def }) => [def, whole])));
  expect(unresolvedIn(after)).toEqual([]);
  expect(after.root).toMatchObject({
    steps: [{ input: named }, { node: { ...named, ...whole } }, { root: { ...named, ...whole } }],
  });
});
