import type { Offer, TaskScheduled } from '@parley/contracts';

/** A task that waits for its award. `settle` is called once: the decision that scheduled it is acked when all its tasks are settled. */
export interface OpenTask {
  readonly ns: string;
  readonly run: string;
  readonly scheduled: TaskScheduled;
  readonly traceparent: string | undefined;
  settle(outcome: 'done' | 'again'): void;
}

/** A task that is handed over: it is not up for bids. */
export interface OfferedTask extends OpenTask {
  readonly scheduled: TaskScheduled & { offer: Offer };
}

export const isOffered = (task: OpenTask): task is OfferedTask => task.scheduled.offer !== undefined;

/** Tasks in one call: with the largest input that travels in it, each takes up to 5 KB, and the server takes messages of 1 MiB. */
export const MAX_CALLED = 200;

/** Groups tasks that one call for proposals can carry: of one capability, and for the same agents where only some may do them. */
export function byCapability(tasks: readonly OpenTask[]): OpenTask[][] {
  const groups: OpenTask[][] = [];
  const filling = new Map<string, OpenTask[]>();
  for (const task of tasks) {
    const { capability, agents } = task.scheduled;
    const key = `${task.ns}.${capability}.${agents?.toSorted().join('.') ?? ''}`;
    const group = filling.get(key);
    if (group !== undefined && group.length < MAX_CALLED) group.push(task);
    else {
      const next = [task];
      filling.set(key, next);
      groups.push(next);
    }
  }
  return groups;
}
