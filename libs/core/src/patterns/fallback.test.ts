import { expect, test } from 'vitest';
import { from, task, World } from '../../test/world.ts';

const chain = (more: object = {}) => ({
  kind: 'fallback',
  id: 'f',
  nodes: [task('a'), task('b', { input: from('/error') }), task('c')],
  ...more,
});

test('the next node is tried with the reason why the one before failed', () => {
  const world = new World(chain());
  world.submit();
  world.fail('0.0');
  expect(world.attempt('0.1').input).toEqual({ code: 'broken', message: 'it broke' });
  world.result('0.1', 'b');
  expect(world.settled()).toMatchObject({ status: 'completed', output: 'b', steps: 2 });
});

test('when all fail, it fails as the last did', () => {
  const world = new World(chain());
  world.submit();
  world.fail('0.0');
  world.fail('0.1');
  world.fail('0.2', false, 'last');
  expect(world.settled()).toMatchObject({ status: 'failed', error: { code: 'last' } });
});

test('a code that is not listed does not lead on', () => {
  const world = new World(chain({ on: ['unroutable'] }));
  world.submit();
  world.fail('0.0');
  expect(world.settled()).toMatchObject({ status: 'failed', error: { code: 'broken' }, steps: 1 });
});
