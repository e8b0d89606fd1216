import { CallForProposals, CFP_INPUT_BYTES, type TaskScheduled } from '@parley/contracts';
import { expect, test } from 'vitest';
import { byCapability, MAX_CALLED, type OpenTask } from './open-task.ts';

const task = (ns: string, capability: string, id: string): OpenTask => ({
  ns,
  run: 'r1',
  scheduled: { task: id, capability } as TaskScheduled,
  traceparent: undefined,
  settle() {},
});

test('tasks that one call can carry are those of one namespace and one capability', () => {
  const groups = byCapability([task('a', 'x', '1'), task('a', 'y', '2'), task('b', 'x', '3'), task('a', 'x', '4')]);
  expect(groups.map((group) => group.map(({ scheduled }) => scheduled.task))).toEqual([['1', '4'], ['2'], ['3']]);
});

test('a call carries no more tasks than fit into one message, whatever waits', () => {
  const waiting = Array.from({ length: 2 * MAX_CALLED + 1 }, (_, i) => task('a', 'x', String(i)));
  const groups = byCapability(waiting);
  expect(groups.map(({ length }) => length)).toEqual([MAX_CALLED, MAX_CALLED, 1]);
  expect(groups.flat()).toEqual(waiting);
  const longest = {
    run: 'r'.repeat(128),
    task: 't'.repeat(128),
    attempt: 1_000,
    criteria: { cost: 0.123_456_789_012_345_6, quality: 0.123_456_789_012_345_6, time: 0.123_456_789_012_345_6 },
    deadlineAt: Number.MAX_SAFE_INTEGER,
    performMs: 86_400_000,
    inputBytes: CFP_INPUT_BYTES,
    input: 'x'.repeat(CFP_INPUT_BYTES - 2),
  };
  const tasks = Array.from({ length: MAX_CALLED }, () => longest);
  const call = CallForProposals.encode({ conversation: 'c', router: 'r'.repeat(128), replyByMs: 1, tasks });
  expect(call.length).toBeLessThan(1_000_000);
});
