import type { Failure, HandoffRequest, TaskDef } from '@parley/contracts';
import { confirmed, NOT_HANDED_OVER, recentWith } from './evolve-handoff.ts';
import type { OpenTask } from './state.ts';

/** Hand-offs of a task whose definition names no number. */
export const DEFAULT_HANDOFFS = 4;

/** Givers that wait for a result, one inside the other. */
export const MAX_LENDERS = 3;

/** Requests in a row that the rules refuse before the task fails. */
export const MAX_STRIKES = 2;

/** Shortest period that counts as a circle; shorter ones are found by how often an agent held the task. */
const SHORTEST_PERIOD = 3;

/**
 * Why the holder of an attempt may not hand it over as it asks; undefined when it may. The budget belongs to the task: it is never reset, whatever
 * becomes of the attempts.
 */
export function objectionTo(def: TaskDef, task: OpenTask, agent: string, request: HandoffRequest): Failure | undefined {
  const { hops, recent, lenders, leg } = confirmed(task.handoffs, agent) ?? NOT_HANDED_OVER;
  const { to, capability, continuation } = request;
  const budget = def.handoffs ?? DEFAULT_HANDOFFS;
  if (budget === 0) return forbidden('handoff_exhausted', `task ${def.id} may not be handed over: its handoffs are 0`);
  if (hops >= budget)
    return forbidden(
      'handoff_exhausted',
      `task ${def.id} was handed over ${hops} times, its limit; finish it, or raise its "handoffs"`,
    );
  if (to === undefined && capability === undefined)
    return forbidden('handoff_invalid', 'the request names neither an agent nor a capability');
  if (to === agent) return forbidden('handoff_invalid', `${agent} cannot hand a task over to itself`);
  const sameWork = capability === undefined || capability === (leg.capability ?? def.capability);
  if (to !== undefined && sameWork && def.agents !== undefined && !def.agents.includes(to))
    return forbidden('handoff_invalid', `task ${def.id} is for ${def.agents.join(', ')} alone, not for ${to}`);
  if (continuation === 'return' && lenders.length >= MAX_LENDERS)
    return forbidden('handoff_exhausted', `${lenders.length} agents already wait for a result of this task`);
  if (to !== undefined && closesCircle(recentWith(recent, agent), to)) {
    const way = [...recentWith(recent, agent), to].join(' → ');
    return forbidden('handoff_cycle', `the task goes in a circle: ${way}`);
  }
  return undefined;
}

/**
 * True when `next` would be the third of the last five holders, or would complete the same way twice (A → B → C → A → B → C). `holders` are the newest
 * ones, oldest first.
 */
export function closesCircle(holders: readonly string[], next: string): boolean {
  const way = [...holders, next];
  if (way.slice(-5).filter((holder) => holder === next).length >= 3) return true;
  for (let period = SHORTEST_PERIOD; 2 * period <= way.length; period++) {
    const twice = way.slice(-2 * period);
    if (twice.slice(0, period).every((holder, i) => holder === twice[period + i])) return true;
  }
  return false;
}

/** The holders that may not have the task next. */
export const circleClosers = (holders: readonly string[]): string[] =>
  [...new Set(holders)].filter((holder) => closesCircle(holders, holder));

const forbidden = (code: string, message: string): Failure => ({
  code,
  message: message.slice(0, 2_000),
  retryable: false,
});
