import { expect, test } from 'vitest';
import { sequence, task, World } from '../test/world.ts';
import { initialState, stuckReport } from './index.ts';

const report = (world: World) => stuckReport(world.plan, world.state);
const waits = (world: World) => report(world).waits.map((one) => [one.id, one.for]);

test('a task that nobody has taken waits for an agent, until its deadline', () => {
  const world = new World(sequence('s', task('a', { capability: 'paint' })));
  world.submit();
  expect(report(world)).toMatchObject({
    waits: [
      {
        path: '0.0',
        id: 'a',
        kind: 'task',
        for: 'agent',
        text: 'an agent that takes attempt 1 and reports',
        capability: 'paint',
        until: world.attempt('0.0').deadlineAt,
      },
    ],
    more: 0,
    cycles: [],
  });
});

test('one that is handed over waits for whom it is offered to, and then for its holder', () => {
  const world = new World(task('a', { handoffs: 2 }));
  world.submit();
  world.handOver('0', { to: 'bob', capability: 'else' });
  expect(report(world).waits).toMatchObject([{ for: 'agent', text: 'bob to report attempt 2', capability: 'else' }]);
  world.park('0', 'bob');
  world.wake();
  expect(report(world).waits).toMatchObject([{ for: 'agent', text: 'bob to report attempt 3' }]);
});

test('one whose attempt failed waits for its pause to pass', () => {
  const world = new World(task('a'));
  world.submit();
  world.fail('0', true);
  expect(report(world).waits).toMatchObject([{ id: 'a', for: 'time', text: 'the pause before attempt 2' }]);
});

test('only leaves are told, all of them, in the order of the definition', () => {
  const world = new World({ kind: 'concurrent', id: 'c', branches: [sequence('s', task('a')), task('b')] });
  world.submit();
  expect(waits(world)).toEqual([
    ['a', 'agent'],
    ['b', 'agent'],
  ]);
});

test('an approval waits for people', () => {
  const world = new World({ kind: 'approval', id: 'ok', title: 't', action: 1, approvers: ['ann', 'bob'] });
  world.submit();
  expect(report(world).waits).toMatchObject([
    { id: 'ok', for: 'people', text: `ann, bob to decide: parley approve ${world.state.run}-0` },
  ]);
});

test('a run that is paused or halted waits for its resume; what is open in a pause still for its agent', () => {
  const world = new World({ kind: 'concurrent', id: 'c', maxInFlight: 2, branches: [task('a'), task('b'), task('d')] });
  world.submit();
  world.control('pause');
  world.park('0.0');
  world.result('0.1', 1);
  expect(waits(world)).toEqual([
    ['a', 'resume'],
    ['c', 'resume'],
  ]);
  expect(report(world)).not.toHaveProperty('wakeAt');
  world.control('resume');
  world.control('halt');
  expect(waits(world)).toEqual([
    ['a', 'resume'],
    ['d', 'resume'],
  ]);
});

test('children that a full decision has put off wait for the wake-up', () => {
  const over = Array.from({ length: 4_000 }, () => 'x'.repeat(200));
  const world = new World({ kind: 'concurrent', id: 'c', map: { over, node: task('t') }, maxInFlight: 4_000 });
  world.submit();
  const { waits: open, more } = report(world);
  expect(open).toHaveLength(100);
  expect(more).toBeGreaterThan(100);
  expect(world.isPutOff()).toBe(true);
});

test('a run that has not begun or is over waits for nothing', () => {
  expect(stuckReport(undefined, initialState('r'))).toEqual({ waits: [], more: 0, cycles: [] });
  const world = new World(task('a'));
  world.submit();
  world.result('0', 1);
  expect(report(world)).toEqual({ waits: [], more: 0, cycles: [] });
});

test('without its definition a run is told by its paths', () => {
  const world = new World(sequence('s', task('a')));
  world.submit();
  expect(stuckReport(undefined, world.state).waits).toMatchObject([{ id: '0.0', for: 'agent' }]);
});
