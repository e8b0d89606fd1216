import { expect, test } from 'vitest';
import { from, sequence, task, typesOf, World } from '../../test/world.ts';

test('steps run one after the other and the last output is the output of the sequence', () => {
  const world = new World(sequence('s', task('a'), task('b')));
  expect(typesOf(world.submit({ q: 1 }))).toEqual(['RunStarted', 'NodeAdvanced', 'TaskScheduled', 'WakeArmed']);
  expect(world.openPaths()).toEqual(['0.0']);
  expect(typesOf(world.result('0.0', 'first'))).toEqual(['AttemptClosed', 'NodeSettled', 'TaskScheduled']);
  expect(world.openPaths()).toEqual(['0.1']);
  expect(typesOf(world.result('0.1', 'second'))).toEqual(['AttemptClosed', 'NodeSettled', 'NodeSettled', 'RunSettled']);
  expect(world.settled()).toMatchObject({ status: 'completed', output: 'second', steps: 2, usage: { microUsd: 10 } });
});

test('without an input the first step gets the input of the run and a later one the output of the step before', () => {
  const world = new World(sequence('s', task('a'), sequence('inner', task('b'), task('c'))));
  world.submit({ q: 1 });
  expect(world.attempt('0.0').input).toEqual({ q: 1 });
  world.result('0.0', 'A');
  expect(world.attempt('0.1.0').input).toBe('A');
  world.result('0.1.0', 'B');
  expect(world.attempt('0.1.1').input).toBe('B');
});

test('a step refers to earlier steps of the enclosing sequences by id', () => {
  const input = { a: from('/steps/a/list/1'), b: from('/steps/b'), p: from('/previous'), i: from('/input/q~1~0') };
  const world = new World(sequence('s', task('a'), sequence('inner', task('b'), task('c', { input }))));
  world.submit({ 'q/~': 9 });
  world.result('0.0', { list: [1, { $from: '/input' }] });
  world.result('0.1.0', null);
  expect(world.attempt('0.1.1').input).toEqual({ a: { $from: '/input' }, b: null, p: null, i: 9 });
});

test('a failed step fails the sequence with its error and nothing after it starts', () => {
  const world = new World(sequence('s', task('a'), task('b')));
  world.submit();
  world.fail('0.0');
  expect(world.settled()).toMatchObject({ status: 'failed', error: { code: 'broken' }, steps: 1 });
});

test('a template that names nothing fails its step with the pointer', () => {
  const world = new World(sequence('s', task('a', { input: { x: from('/input/missing') } }), task('b')));
  world.submit({});
  expect(world.settled()).toMatchObject({ status: 'failed', error: { code: 'input_unresolved' } });
  expect(world.settled().error?.message).toContain('/input/missing');
});

test('a pointer into a value that is kept as a blob says so, the whole value passes', () => {
  const blob = { $blob: { sha256: 'a'.repeat(64), by: 'alice', bytes: 70_000, type: 'application/json' } };
  const world = new World(sequence('s', task('a'), task('b'), task('c', { input: from('/steps/a/text') })));
  world.submit({});
  world.result('0.0', blob);
  expect(world.attempt('0.1').input).toEqual(blob);
  world.result('0.1', 'ok');
  expect(world.settled().error).toMatchObject({ code: 'input_unresolved', message: expect.stringContaining('blob') });
});

test('a chain of nodes that all settle at once is decided together', () => {
  const empty = (i: number) => ({ kind: 'concurrent', id: `m${i}`, map: { over: [], node: task(`t${i}`) } });
  const world = new World(sequence('s', ...Array.from({ length: 3_000 }, (_, i) => empty(i))));
  world.submit();
  expect(world.settled()).toMatchObject({ status: 'completed', output: [], steps: 0 });
});
