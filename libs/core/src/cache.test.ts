import { expect, test } from 'vitest';
import { from, sequence, task, typesOf, World } from '../test/world.ts';
import { MAX_CACHED, MAX_CACHED_OUTPUT } from './cache.ts';
import { isActiveRun, summarize } from './index.ts';

const look = (id: string, input: unknown = 'q', more: object = {}) => task(id, { input, cache: true, ...more });
const mapped = (over: unknown, more: object = {}) => ({
  kind: 'concurrent',
  id: 'map',
  map: { over, node: look('look', from('/item'), more) },
  maxInFlight: 1,
});
const cacheOf = (world: World): Record<string, unknown> =>
  (isActiveRun(world.state) ? world.state.cache : undefined) ?? {};

test('work that was done before in the run is not done again: no step, no attempt, the same output', () => {
  const world = new World(sequence('s', look('a'), task('b'), look('c')));
  world.submit();
  world.result('0.0', { found: 1 });
  const events = world.result('0.1', 0);
  expect(events.find((event) => event.type === 'NodeSettled' && event.path === '0.2')).toEqual({
    type: 'NodeSettled',
    path: '0.2',
    status: 'completed',
    output: { found: 1 },
    cached: true,
  });
  expect(world.settled()).toMatchObject({ status: 'completed', output: { found: 1 }, steps: 2 });
  expect(summarize(world.plan, world.state).nodes.at(-1)).toEqual({
    path: '0.2',
    id: 'c',
    kind: 'task',
    status: 'completed',
    attempts: 0,
    cached: true,
  });
});

test.each<[string, object]>([
  ['another input', look('b', 'other')],
  ['another capability', look('b', 'q', { capability: 'else' })],
  ['other agents', look('b', 'q', { agents: ['alice'] })],
  ['no wish for it', task('b', { input: 'q' })],
])('with %s it is other work', (_what, second) => {
  const world = new World(sequence('s', look('a'), second));
  world.submit();
  world.result('0.0', 1);
  expect(world.openPaths()).toEqual(['0.1']);
});

test('the order of names in the input, and of agents, makes no difference', () => {
  const world = new World(
    sequence('s', look('a', { x: 1, y: 2 }, { agents: ['b', 'a'] }), look('b', { y: 2, x: 1 }, { agents: ['a', 'b'] })),
  );
  world.submit();
  world.result('0.0', 1);
  expect(world.settled()).toMatchObject({ status: 'completed', steps: 1 });
});

test('a failure is not remembered, an output after a retry is', () => {
  const world = new World(sequence('s', { kind: 'fallback', id: 'f', nodes: [look('a'), look('b')] }, look('c')));
  world.submit();
  world.fail('0.0.0');
  world.fail('0.0.1', true);
  world.wake();
  world.result('0.0.1', 'second try');
  expect(world.settled()).toMatchObject({ output: 'second try', steps: 2 });
});

test('tasks that are open at the same time do not wait for each other; the first output stays', () => {
  const world = new World(
    sequence('s', { kind: 'concurrent', id: 'c', branches: [look('a'), look('b')] }, look('d', 'q', {})),
  );
  world.submit();
  expect(world.openPaths()).toEqual(['0.0.0', '0.0.1']);
  world.result('0.0.1', 'first');
  world.result('0.0.0', 'second');
  expect(world.settled()).toMatchObject({ output: 'first', steps: 2 });
});

test('work that was handed over counts as what was first asked for', () => {
  const world = new World(sequence('s', look('a', 'q', { handoffs: 2 }), look('b', 'q', { handoffs: 2 })));
  world.submit();
  world.handOver('0.0', { to: 'bob', capability: 'else' });
  world.result('0.0', 'from bob', 'bob');
  expect(world.settled()).toMatchObject({ output: 'from bob', steps: 1 });
});

test('a paused run takes nothing from it before its resume', () => {
  const world = new World(sequence('s', look('a'), look('b')));
  world.submit();
  world.control('pause');
  world.result('0.0', 1);
  expect(world.state.status).toBe('paused');
  world.control('resume');
  expect(world.settled()).toMatchObject({ output: 1, steps: 1 });
});

test('long outputs are not kept, and of many only the newest', () => {
  const world = new World(mapped(from('/input')));
  world.submit([...Array.from({ length: MAX_CACHED + 2 }, (_, i) => i), 'long', 0, 5]);
  for (let i = 0; i < MAX_CACHED + 2; i++) world.result(`0.${i}`, i);
  expect(Object.keys(cacheOf(world))).toHaveLength(MAX_CACHED);
  world.result(`0.${MAX_CACHED + 2}`, 'x'.repeat(MAX_CACHED_OUTPUT));
  expect(Object.values(cacheOf(world))).not.toContainEqual(expect.any(String));
  // The oldest two are forgotten; 5 is not.
  expect(world.openPaths()).toEqual([`0.${MAX_CACHED + 3}`]);
  world.result(`0.${MAX_CACHED + 3}`, 'again');
  expect(world.settled()).toMatchObject({ status: 'completed', steps: MAX_CACHED + 4 });
  expect(world.state).not.toHaveProperty('cache');
});

test('a decision takes about 256 KiB of it; the rest follows with the next', () => {
  const world = new World(mapped(from('/input')));
  world.submit(Array.from({ length: 40 }, () => 1));
  const events = world.result('0.0', 'x'.repeat(16_000));
  expect(typesOf(events).filter((type) => type === 'NodeSettled').length).toBeLessThan(20);
  for (let i = 0; i < 5 && isActiveRun(world.state); i++) world.wake();
  expect(world.settled()).toMatchObject({ status: 'completed', steps: 1 });
});
