import { expect, test } from 'vitest';
import { task, typesOf, World } from '../../test/world.ts';
import { backoffMs, QUEUE_MS } from './task.ts';

const leaf = (more: object = {}) => new World(task('t', { performMs: 1_000, ...more }));

test('the first attempt is open until its queue time and two deliveries have passed', () => {
  const world = leaf({ criteria: 'cost' });
  world.submit('in');
  expect(world.attempt('0')).toMatchObject({
    attempt: 1,
    task: `${world.state.run}-0`,
    journal: `${world.state.run}-0-a1`,
    continues: false,
    criteria: 'cost',
    input: 'in',
    epoch: 0,
    deadlineAt: world.now + QUEUE_MS + 2_000,
  });
});

test('a result is the output of the task, with what it used and who did it', () => {
  const world = leaf();
  world.submit();
  expect(world.result('0', { x: 1 })).toMatchObject([
    { type: 'AttemptClosed', outcome: 'result', output: { x: 1 }, by: { agent: 'alice', instance: 'alice-1' } },
    { type: 'NodeSettled', status: 'completed' },
    { type: 'RunSettled', status: 'completed', output: { x: 1 }, usage: { inputTokens: 3, modelCalls: 1 }, steps: 1 },
  ]);
});

test('a retryable failure is followed by a fresh attempt after a pause', () => {
  const world = leaf();
  world.submit();
  expect(world.fail('0', true)).toMatchObject([
    { type: 'AttemptClosed', outcome: 'failed' },
    { type: 'NodeAdvanced', kind: 'task', state: { dueAt: world.now + 1_000 } },
    { type: 'WakeArmed', dueAt: world.now + 1_000 },
  ]);
  expect(world.openPaths()).toEqual([]);
  world.wake();
  expect(world.attempt('0')).toMatchObject({ attempt: 2, journal: `${world.state.run}-0-a2`, continues: false });
});

test('the pause doubles from one second to thirty', () => {
  expect([1, 2, 3, 5, 6, 19].map(backoffMs)).toEqual([1_000, 2_000, 4_000, 16_000, 30_000, 30_000]);
});

test('a failure that is not retryable, or the last attempt, fails the task', () => {
  const once = leaf();
  once.submit();
  once.fail('0', false, 'hopeless');
  expect(once.settled().error?.code).toBe('hopeless');
  const twice = leaf({ attempts: 2 });
  twice.submit();
  twice.fail('0', true, 'first');
  twice.wake();
  twice.fail('0', true, 'second');
  expect(twice.settled()).toMatchObject({ status: 'failed', error: { code: 'second' }, usage: { microUsd: 10 } });
});

test('an attempt past its deadline is closed and the next continues its journal', () => {
  const world = leaf({ attempts: 2 });
  world.submit();
  expect(typesOf(world.wake())).toEqual(['AttemptClosed', 'TaskScheduled', 'WakeArmed']);
  expect(world.attempt('0')).toMatchObject({ attempt: 2, journal: `${world.state.run}-0-a1`, continues: true });
  expect(world.attempt('0').prefer).toBeUndefined();
  world.wake();
  expect(world.settled().error?.code).toBe('expired');
});

test('a parked attempt is continued at once by its agent and does not count', () => {
  const world = leaf({ attempts: 1 });
  world.submit();
  world.park('0', 'bob');
  const continued = { continues: true, prefer: 'bob', journal: `${world.state.run}-0-a1` };
  expect(world.attempt('0')).toMatchObject({ attempt: 2, ...continued });
  world.result('0', 1);
  expect(world.settled().status).toBe('completed');
});

test('an attempt parked over and over by a command that the run does not know of is continued after longer and longer pauses', () => {
  const world = leaf({ attempts: 1 });
  world.submit();
  world.park('0', 'bob');
  const pauses: number[] = [];
  for (let attempt = 3; attempt < 10; attempt++) {
    const parkedAt = world.now;
    expect(typesOf(world.park('0', 'bob'))).not.toContain('TaskScheduled');
    world.wake();
    pauses.push(world.now - parkedAt);
    const continued = { continues: true, prefer: 'bob', journal: `${world.state.run}-0-a1` };
    expect(world.attempt('0')).toMatchObject({ attempt, ...continued });
  }
  expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  world.result('0', 1);
  expect(world.settled().status).toBe('completed');
});

test('an attempt that nobody takes is tried again after a pause, and counts', () => {
  const world = leaf({ attempts: 2 });
  world.submit();
  const { task: id } = world.attempt('0');
  world.deliver({ kind: 'unroutable', task: id, attempt: 1, reason: 'none' });
  expect(world.openPaths()).toEqual([]);
  world.wake();
  expect(world.attempt('0')).toMatchObject({ attempt: 2, continues: false, journal: `${id}-a2` });
  expect(world.deliver({ kind: 'unroutable', task: id, attempt: 1, reason: 'old' })).toEqual([]);
  world.deliver({ kind: 'unroutable', task: id, attempt: 2, reason: 'still none' });
  expect(world.settled().error).toMatchObject({ code: 'unroutable', message: 'still none' });
});

test('work in progress that nobody takes keeps its journal', () => {
  const world = leaf();
  world.submit();
  world.park('0', 'bob');
  world.deliver({ kind: 'unroutable', task: world.attempt('0').task, attempt: 2, reason: 'none' });
  world.wake();
  expect(world.attempt('0')).toMatchObject({
    attempt: 3,
    continues: true,
    prefer: 'bob',
    journal: `${world.state.run}-0-a1`,
  });
});

test('after a failure nobody is asked first, and the journal of the fresh attempt has no holder yet', () => {
  const world = leaf();
  world.submit();
  world.park('0', 'bob');
  world.fail('0', true);
  world.wake();
  expect(world.attempt('0')).toMatchObject({ attempt: 3, continues: false, journal: `${world.state.run}-0-a3` });
  expect(world.attempt('0').prefer).toBeUndefined();
  world.wake();
  expect(world.attempt('0')).toMatchObject({ attempt: 4, continues: true, journal: `${world.state.run}-0-a3` });
  expect(world.attempt('0').prefer).toBeUndefined();
});
