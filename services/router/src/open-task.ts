import type { TaskScheduled } from '@parley/contracts';

/** A task that waits for its award. `settle` is called once: the decision that scheduled it is acked when all its tasks are settled. */
export interface OpenTask {
  readonly ns: string;
  readonly run: string;
  readonly scheduled: TaskScheduled;
  readonly traceparent: string | undefined;
  settle(outcome: 'done' | 'again'): void;
}

/** Groups tasks that one call for proposals can carry. */
export function byCapability(tasks: readonly OpenTask[]): OpenTask[][] {
  const groups = new Map<string, OpenTask[]>();
  for (const task of tasks) {
    const key = `${task.ns}.${task.scheduled.capability}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [task]);
    else group.push(task);
  }
  return [...groups.values()];
}
