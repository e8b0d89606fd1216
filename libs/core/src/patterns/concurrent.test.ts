import { expect, test } from 'vitest';
import { from, sequence, task, typesOf, World } from '../../test/world.ts';
import { MAX_IN_FLIGHT } from './concurrent.ts';

const fan = (onFailure: unknown, more: object = {}) => ({
  kind: 'concurrent',
  id: 'c',
  onFailure,
  branches: [task('a'), task('b'), task('d')],
  ...more,
});
const map = (over: unknown, more: object = {}) => ({
  kind: 'concurrent',
  id: 'm',
  map: { over, node: task('each') },
  ...more,
});

test('branches run together and the output keeps their order', () => {
  const world = new World(fan('all'));
  world.submit({ q: 1 });
  expect(world.openPaths()).toEqual(['0.0', '0.1', '0.2']);
  expect(world.attempt('0.2').input).toEqual({ q: 1 });
  world.result('0.2', 'D');
  world.result('0.0', 'A');
  world.result('0.1', null);
  expect(world.settled()).toMatchObject({ status: 'completed', output: ['A', null, 'D'] });
});

test.each([
  { onFailure: 'all', failing: 1, status: 'failed', settlesAfter: 1 },
  { onFailure: 'bestEffort', failing: 3, status: 'completed', settlesAfter: 3 },
  { onFailure: { quorum: 2 }, failing: 1, status: 'completed', settlesAfter: 3 },
  { onFailure: { quorum: 2 }, failing: 2, status: 'failed', settlesAfter: 2 },
  { onFailure: { quorum: 3 }, failing: 1, status: 'failed', settlesAfter: 1 },
])('with $onFailure and $failing failed of three it is $status', ({ onFailure, failing, status, settlesAfter }) => {
  const world = new World(fan(onFailure));
  world.submit();
  const paths = ['0.0', '0.1', '0.2'];
  for (const [i, path] of paths.entries()) {
    expect(world.state.status).toBe('running');
    if (i < failing) world.fail(path);
    else world.result(path, path);
    if (i + 1 === settlesAfter) break;
  }
  expect(world.settled().status).toBe(status);
  if (status === 'completed') expect(world.settled().output).toEqual(paths.slice(failing));
  else expect(world.settled().error?.code).toBe('broken');
});

test('when too few branches are left the open ones are cancelled', () => {
  const world = new World(fan('all'));
  world.submit();
  const events = world.fail('0.1');
  expect(events.filter(({ type }) => type === 'AttemptClosed')).toMatchObject([
    { path: '0.1', outcome: 'failed' },
    { path: '0.0', outcome: 'halted' },
    { path: '0.2', outcome: 'halted' },
  ]);
  expect(events.filter(({ type }) => type === 'NodeSettled')).toMatchObject([
    { path: '0.1', status: 'failed' },
    { path: '0.0', status: 'cancelled' },
    { path: '0.2', status: 'cancelled' },
    { path: '0', status: 'failed' },
  ]);
});

test('no more branches than maxInFlight are open', () => {
  const world = new World(map(from('/input'), { maxInFlight: 2 }));
  world.submit([1, 2, 3, 4]);
  expect(world.openPaths()).toEqual(['0.0', '0.1']);
  world.result('0.1', 'b');
  expect(world.openPaths()).toEqual(['0.0', '0.2']);
  world.result('0.2', 'c');
  world.result('0.3', 'd');
  world.result('0.0', 'a');
  expect(world.settled().output).toEqual(['a', 'b', 'c', 'd']);
});

test('a map runs its node for each item, which is the default input', () => {
  const node = sequence(
    'each',
    task('one'),
    task('two', { input: { item: from('/item/n'), at: from('/index'), p: from('/previous') } }),
  );
  const world = new World({ kind: 'concurrent', id: 'm', map: { over: [{ n: from('/input/x') }, { n: 2 }], node } });
  world.submit({ x: 'X' });
  expect(world.attempt('0.0.0').input).toEqual({ n: 'X' });
  world.result('0.1.0', 'out');
  expect(world.attempt('0.1.1').input).toEqual({ item: 2, at: 1, p: 'out' });
});

test('a map inside a later step gives its items, not the output of the step before', () => {
  const world = new World(sequence('s', task('list'), map(from('/previous/items'))));
  world.submit();
  world.result('0.0', { items: ['x'] });
  expect(world.attempt('0.1.0').input).toBe('x');
});

test.each([
  { over: [], settled: { status: 'completed', output: [] } },
  { over: 'text', settled: { status: 'failed', error: { code: 'map_not_array' } } },
  { over: null, settled: { status: 'failed', error: { code: 'map_not_array' } } },
  { over: { $blob: {} }, settled: { status: 'failed', error: { code: 'map_not_array' } } },
  { over: Array.from({ length: 10_001 }, () => 0), settled: { status: 'failed', error: { code: 'limit_exceeded' } } },
])('a map over $over.length settles at once as $settled.status', ({ over, settled }) => {
  const world = new World(map(from('/input')));
  world.submit(over);
  expect(world.settled()).toMatchObject(settled);
});

test('a quorum larger than the number of branches fails at once', () => {
  const world = new World(map(from('/input'), { onFailure: { quorum: 3 } }));
  world.submit([1, 2]);
  expect(world.settled().error?.code).toBe('quorum_unreachable');
});

test('a fan-out that does not fit into one decision goes on with the next wake-up', () => {
  const world = new World(map(from('/input')));
  const first = world.submit(Array.from({ length: 5_000 }, (_, i) => i));
  expect(JSON.stringify(first).length).toBeLessThan(512 * 1_024);
  expect(world.open().length).toBeLessThan(1_000);
  expect(first.at(-1)).toEqual({ type: 'WakeArmed', dueAt: world.now + 1 });
  while (world.open().length < MAX_IN_FLIGHT) {
    expect(JSON.stringify(world.wake()).length).toBeLessThan(512 * 1_024);
  }
  expect(world.open()).toHaveLength(MAX_IN_FLIGHT);
  world.result('0.7', 'done');
  expect(world.openPaths()).toContain(`0.${MAX_IN_FLIGHT}`);
  const cancelled = world.deliver({ kind: 'cancel', by: 'op', reason: 'enough' });
  expect(JSON.stringify(cancelled).length).toBeLessThan(512 * 1_024);
  expect(typesOf(cancelled).at(-1)).toBe('RunSettled');
});

test('large inputs are spread over several decisions', () => {
  const world = new World(
    sequence('s', task('a'), fan('all', { branches: Array.from({ length: 20 }, (_, i) => task(`b${i}`)) })),
  );
  world.submit();
  const first = world.result('0.0', 'x'.repeat(60_000));
  expect(JSON.stringify(first).length).toBeLessThan(512 * 1_024);
  for (let i = 0; i < 5 && world.open().length < 20; i++) world.wake();
  expect(world.open()).toHaveLength(20);
});
