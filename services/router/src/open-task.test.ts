import type { TaskScheduled } from '@parley/contracts';
import { expect, test } from 'vitest';
import { byCapability, type OpenTask } from './open-task.ts';

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
