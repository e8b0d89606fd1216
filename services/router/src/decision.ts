import { decodeJson, parseWith, RunDecision, TaskScheduled } from '@parley/contracts';

/** What of a decision concerns a router; its other events are not even checked, since nothing of them is used. */
export interface RelevantEvents {
  readonly scheduled: readonly TaskScheduled[];
  /** Attempts that ended without their holder having said so. */
  readonly withdrawn: readonly { readonly path: string; readonly attempt: number }[];
}

/** Reads a decision. Throws `ContractError` when it, or a task in it, is not what it must be. */
export function relevantEvents(payload: Uint8Array): RelevantEvents {
  const { events } = decodeJson(payload) as { events: readonly Event[] };
  const scheduled: TaskScheduled[] = [];
  const withdrawn: { path: string; attempt: number }[] = [];
  for (const event of events) {
    if (event.type === 'TaskScheduled') scheduled.push(parseWith(TaskScheduled, event, RunDecision.type));
    else if (event.type === 'AttemptClosed' && WITHDRAWN.has(event.outcome)) {
      withdrawn.push({ path: event.path, attempt: event.attempt });
    }
  }
  return { scheduled, withdrawn };
}

/** An offer that was refused by all may have crossed the award of another router. */
const WITHDRAWN = new Set(['expired', 'halted', 'refused']);

type Event =
  | { type: 'TaskScheduled' }
  | { type: 'AttemptClosed'; outcome: string; path: string; attempt: number }
  | { type: 'other' };
