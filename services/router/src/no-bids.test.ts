import type { Bus } from '@parley/bus';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { NoBids } from './no-bids.ts';
import type { OpenTask } from './open-task.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function world() {
  const calls: { at: number; tasks: readonly OpenTask[] }[] = [];
  const start = Date.now();
  const bus = { now: () => Date.now() } as Bus;
  const waiting = new NoBids(bus, (tasks) => {
    calls.push({ at: Date.now() - start, tasks });
    lost.push(...waiting.wait(tasks));
  });
  const lost: OpenTask[] = [];
  const settled: string[] = [];
  const task = { settle: (outcome: string) => void settled.push(outcome) } as OpenTask;
  return { waiting, calls, lost, settled, task };
}

test('a task without bids is called for again, with growing pauses, until its patience is over', () => {
  const { waiting, calls, lost, settled, task } = world();
  expect(waiting.wait([task])).toEqual([]);
  vi.advanceTimersByTime(5_000);
  expect(calls.map(({ at }) => at)).toEqual([250, 750, 1_750, 3_750]);
  expect(lost).toEqual([]);
  vi.advanceTimersByTime(60_000);
  expect(lost).toEqual([task]);
  expect(settled).toEqual([]);
});

test('a router that stops hands its waiting tasks back, and those that come after', () => {
  const { waiting, calls, settled, task } = world();
  waiting.wait([task]);
  waiting.stop();
  vi.advanceTimersByTime(60_000);
  expect(calls).toEqual([]);
  expect(waiting.wait([task])).toEqual([]);
  expect(settled).toEqual(['again', 'again']);
});
