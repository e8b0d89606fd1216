import type { Failure, TaskDef } from '@parley/contracts';
import { MAX_STRIKES } from '../handoff.ts';
import type { ClosedTask, Outcome } from '../state.ts';

/** Time a task may wait for its award before it counts as lost, in milliseconds. */
export const QUEUE_MS = 60_000;

/** Deliveries of one award that its deadline leaves time for. */
const DELIVERIES = 2;

const BACKOFF_MS = 1_000;
const MAX_BACKOFF_MS = 30_000;

/** The time after which an attempt scheduled now is lost. */
export const deadlineOf = (def: TaskDef, now: number): number => now + QUEUE_MS + DELIVERIES * def.performMs;

/** Pause before the attempt after the `spent`-th that counted, in milliseconds: 1 s, 2 s, 4 s … at most 30 s. */
export const backoffMs = (spent: number): number => Math.min(BACKOFF_MS * 2 ** (spent - 1), MAX_BACKOFF_MS);

/** What follows a closed attempt: the task's outcome, another attempt now (continuing), or one at a later time. */
export type AfterAttempt = { settle: Outcome } | { scheduleAt: 'now' } | { scheduleAt: number; continues: boolean };

/**
 * Failures and expiries use up attempts; a parked or halted attempt does not. Work continues its journal unless the attempt failed;
 * an attempt that nobody took leaves the journal as it was. A handoff is no failure; what the rules refuse twice in a row is.
 */
export function afterAttempt(def: TaskDef, task: ClosedTask, error: Failure | undefined, now: number): AfterAttempt {
  const usedUp = task.spent >= def.attempts;
  switch (task.outcome) {
    case 'result':
      if (task.goesBack !== undefined) return { scheduleAt: 'now' };
      return { settle: { status: 'completed', output: task.output ?? null } };
    case 'failed': {
      const failure = error ?? { code: 'failed', message: 'the agent gave no reason', retryable: false };
      if (usedUp || !failure.retryable) return { settle: { status: 'failed', error: failure } };
      return { scheduleAt: now + backoffMs(task.spent), continues: false };
    }
    case 'unroutable':
      if (usedUp)
        return { settle: { status: 'failed', error: error ?? lost('unroutable', 'no agent can take the task') } };
      return { scheduleAt: now + backoffMs(task.spent), continues: task.continues };
    case 'expired':
      if (usedUp)
        return { settle: { status: 'failed', error: error ?? lost('expired', 'no report came before the deadline') } };
      return { scheduleAt: 'now' };
    case 'handoff':
      if (error !== undefined && (task.handoffs?.strikes ?? 0) >= MAX_STRIKES)
        return { settle: { status: 'failed', error } };
      return { scheduleAt: 'now' };
    case 'asked':
    case 'refused':
    case 'parked':
    case 'halted':
      return { scheduleAt: 'now' };
  }
}

const lost = (code: string, message: string): Failure => ({ code, message, retryable: false });
