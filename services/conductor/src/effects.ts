import { changedWorkItems, openEffects, workItems } from '@parley/core';
import { headersOf, HEADER, partitionOf, RunTimer, RunWake, type RunEvent, TaskResult } from '@parley/contracts';
import type { Bus, StreamOutgoing } from '@parley/bus';
import type { RunLog } from './run-log.ts';
import { WorkItems } from './work-items.ts';

/** Publishes what follows from a run's state: its wake-up, what waits for people, and the answer to an announced task. */
export interface Effects {
  /** Emits what this decision's events opened. */
  emitNew(log: RunLog, events: readonly RunEvent[]): Promise<void>;
  /** Emits everything that is open, again: the first conductor may have died right after its append. Ids are the same, so repeats vanish. */
  emitOpen(log: RunLog): Promise<void>;
}

export function createEffects(bus: Bus, source: string): Effects {
  const items = new WorkItems(bus, source);

  async function arm(log: RunLog, dueAt: number): Promise<void> {
    const { ns, run } = log.key;
    const partition = partitionOf(run);
    const id = `${run}-wake-${dueAt}`;
    const timer: StreamOutgoing = {
      id,
      subject: RunTimer.toSubject({ ns, partition, runId: run, dueMs: String(dueAt) }),
      payload: RunTimer.encode({ dueAt }),
      ...(log.traceparent === undefined ? {} : { headers: { [HEADER.traceparent]: log.traceparent } }),
    };
    await bus.schedule(timer, RunWake.toSubject({ ns, partition, runId: run }), dueAt);
  }

  async function answer(log: RunLog): Promise<void> {
    const { settled } = openEffects(log.state);
    const announced = log.state.status === 'new' ? undefined : log.state.announced;
    if (settled === undefined || announced === undefined) return;
    const { ns, run } = log.key;
    const { usage } = settled;
    const body =
      settled.status === 'completed'
        ? { status: 'completed' as const, run, output: settled.output ?? null, usage }
        : {
            status: 'failed' as const,
            run,
            error: settled.error ?? {
              code: settled.status,
              message: `the run was ${settled.status}`,
              retryable: false,
            },
            usage,
          };
    const id = `${run}-result`;
    const [stored] = await bus.store([
      {
        id,
        subject: TaskResult.toSubject({ ns, taskId: announced.task }),
        // Created once: this is emitted again long after the server has forgotten the id.
        expect: { lastSequence: 0 },
        payload: TaskResult.encode(body),
        headers: headersOf(TaskResult, { id, source, traceparent: log.traceparent, conversation: run }, bus.now()),
      },
    ]);
    if (stored instanceof Error && stored.code !== 'conflict') throw stored;
  }

  return {
    async emitNew(log, events) {
      for (const event of events) {
        if (event.type === 'WakeArmed') await arm(log, event.dueAt);
        else if (event.type === 'RunSettled') await answer(log);
      }
      await items.emit(log, changedWorkItems(log.state, events));
    },
    async emitOpen(log) {
      const { wakeAt } = openEffects(log.state);
      if (wakeAt !== undefined) await arm(log, wakeAt);
      await items.emit(log, workItems(log.state));
      await answer(log);
    },
  };
}
