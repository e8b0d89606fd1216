import { expect, test } from 'vitest';
import { from, task, World } from '../../test/world.ts';

const node = task('t', { input: { round: from('/iteration'), last: from('/last') } });

test('a loop goes on with what the round before gave until its condition holds', () => {
  const world = new World({ kind: 'loop', id: 'l', node, until: 'last.ok', max: 5 });
  world.submit();
  expect(world.attempt('0.0').input).toEqual({ round: 1, last: null });
  world.result('0.0', { ok: false });
  expect(world.attempt('0.1').input).toEqual({ round: 2, last: { ok: false } });
  world.result('0.1', { ok: true });
  expect(world.settled()).toMatchObject({ status: 'completed', output: { ok: true }, steps: 2 });
});

test.each([
  ['fail', { status: 'failed', error: { code: 'loop_exhausted' } }],
  ['complete', { status: 'completed', output: 2 }],
])('with its rounds used up it ends as told: %s', (onMax, ending) => {
  const world = new World({ kind: 'loop', id: 'l', node, while: 'true', max: 2, onMax });
  world.submit();
  world.result('0.0', 1);
  world.result('0.1', 2);
  expect(world.settled()).toMatchObject(ending);
});

test('a loop without a condition is a fixed number of rounds', () => {
  const world = new World({ kind: 'loop', id: 'l', node, max: 2 });
  world.submit();
  world.result('0.0', 1);
  world.result('0.1', 2);
  expect(world.settled()).toMatchObject({ status: 'completed', output: 2 });
});

test('a round that fails fails the loop', () => {
  const world = new World({ kind: 'loop', id: 'l', node, max: 2 });
  world.submit();
  world.fail('0.0');
  expect(world.settled()).toMatchObject({ status: 'failed', error: { code: 'broken' } });
});
