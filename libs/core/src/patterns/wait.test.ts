import { expect, test } from 'vitest';
import { from, sequence, task, typesOf, World } from '../../test/world.ts';

const wait = (more: object) => ({ kind: 'wait', id: 'w', ...more });

function started(root: object, input: object = {}): World {
  const world = new World(root);
  world.submit(input as never);
  return world;
}

test('it waits for a time to pass, without an open task', () => {
  const world = started(sequence('all', wait({ ms: 60_000 }), task('after')));
  const { now } = world;
  expect(world.openPaths()).toEqual([]);
  world.wake();
  expect(world.now).toBe(now + 60_000);
  expect(world.openPaths()).toEqual(['0.1']);
  expect(started(wait({ ms: 0 })).settled()).toMatchObject({ status: 'completed', output: null });
});

test('it waits until a moment; one that has passed is no wait', () => {
  const until = { until: from('/input/at') };
  const world = started(wait(until), { at: '1970-01-01T00:01:00+00:00' });
  world.wake();
  expect(world.now).toBe(60_000);
  expect(started(wait(until), { at: 5 }).settled().status).toBe('completed');
});

test.each(['tomorrow', '2030-01-31T09:00:00', '2030-02-30T09:00:00Z', -1, 1.5, null, '9999-12-31T00:00:00Z'])(
  'what is no moment, or too far away, fails with the reason: %s',
  (at) => {
    const { error } = started(wait({ until: from('/input/at') }), { at }).settled();
    expect(error).toMatchObject({ code: 'wait_invalid' });
  },
);

test('a definition that names no moment, nothing, or two things to wait for is refused', () => {
  expect(() => new World(wait({ until: 'tomorrow' }))).toThrow(/2030-01-31/);
  expect(() => new World(wait({}))).toThrow(/exactly one/);
  expect(() => new World(wait({ ms: 1, event: { name: 'go' } }))).toThrow(/exactly one/);
});

test('an event that it waits for ends it, with what came; another one does not', () => {
  const world = started(wait({ event: { name: 'go' } }));
  world.tell('other', 1);
  world.tell('go', { amount: 3 }, 'g1');
  expect(world.settled().output).toEqual({ amount: 3 });
  expect(typesOf(world.tell('go', 4))).toEqual(['SignalReceived']);
  expect(world.tell('go', 4, 'g1')).toEqual([]);
});

test('an event that came before is kept and taken once', () => {
  const world = started(
    sequence('all', task('before'), wait({ event: { name: 'go' } }), wait({ id: 'again', event: { name: 'go' } })),
  );
  world.tell('go', 1, 'first');
  expect(world.tell('go', 1, 'first')).toEqual([]);
  world.result('0.0', 'x');
  expect(world.log.filter(({ type }) => type === 'SignalTaken')).toHaveLength(1);
  world.tell('go', 2);
  expect(world.settled().output).toBe(2);
});

test('all that wait for an event get it', () => {
  const branches = [wait({ event: { name: 'go' } }), wait({ id: 'w2', event: { name: 'go' } })];
  const world = started({ kind: 'concurrent', id: 'c', branches });
  world.tell('go', 1);
  expect(world.settled().output).toEqual([1, 1]);
});

test.each([
  ['fail', { error: { code: 'wait_timeout' } }],
  ['continue', { status: 'completed', output: null }],
])('no event in time: %s', (onTimeout, ending) => {
  const world = started(wait({ event: { name: 'go', timeoutMs: 5_000 }, onTimeout }));
  world.control('pause');
  world.now += 10_000;
  world.tell('go', 1);
  world.control('resume');
  expect(world.settled()).toMatchObject(ending);
});

test('an event is taken while the run is halted; what follows waits for the resume', () => {
  const world = started(sequence('all', wait({ event: { name: 'go' } }), task('after')));
  world.control('halt');
  world.tell('go', 1);
  expect(world.openPaths()).toEqual([]);
  world.control('resume');
  expect(world.attempt('0.1').input).toBe(1);
});

test('a run keeps a hundred events that nothing waits for; what is more is refused on record', () => {
  const world = started(task('long'));
  for (let i = 0; i < 100; i++) world.tell('go', i);
  expect(world.tell('go', 100)).toMatchObject([{ type: 'SignalReceived', refused: { code: 'inbox_full' } }]);
  world.result('0', 'done');
  expect(world.tell('go', 101)).toMatchObject([{ refused: { code: 'run_settled' } }]);
});
