import type { RunEvent, RunSettled } from '@parley/contracts';
import { cancelTree, fill, settleRun } from './advance.ts';
import { Draft } from './draft.ts';
import type { Plan } from './plan.ts';
import { applyEvent, applyVote } from './people.ts';
import { applyOfferRefused, applyReport, applyUnroutable } from './reports.ts';
import type { Signal, SignalOf } from './signals.ts';
import { isActiveRun, type RunState } from './state.ts';
import { earliestDue, sweep } from './sweep.ts';

/**
 * Decides on all signals together. `state` is the fold of `events` over the given one; no events means that nothing changes.
 * `plan` is the run's definition: undefined for a submission whose definition does not exist (the run fails) and for a settled run.
 * `now` is the server time of the newest signal, in milliseconds, never below that of an earlier decision. Total for every signal in
 * every order; throws only for bugs, such as an unfinished run without its plan.
 */
export function decide(
  plan: Plan | undefined,
  state: RunState,
  signals: readonly Signal[],
  now: number,
): { events: RunEvent[]; state: RunState } {
  const draft = new Draft(plan, state, now);
  if (state.status === 'new') {
    const submitted = signals.find((signal) => signal.kind === 'submitted');
    if (submitted === undefined) return { events: [], state };
    submit(draft, submitted, plan);
  }
  let sweepAt: number | undefined;
  for (const signal of signals) {
    const due = apply(draft, signal);
    if (due !== undefined) sweepAt = Math.max(sweepAt ?? 0, due);
  }
  if (draft.running?.root === undefined) fill(draft, '');
  if (sweepAt !== undefined) sweep(draft, sweepAt);
  arm(draft, sweepAt);
  return { events: draft.events, state: draft.state };
}

/** Applies one signal. Answers the time up to which everything due is to be done, when the signal is a reason to look. */
function apply(draft: Draft, signal: Signal): number | undefined {
  switch (signal.kind) {
    case 'submitted':
      return undefined;
    case 'report':
      applyReport(draft, signal);
      return undefined;
    case 'unroutable':
      applyUnroutable(draft, signal);
      return undefined;
    case 'offer_refused':
      applyOfferRefused(draft, signal);
      return undefined;
    case 'approval':
      applyVote(draft, signal);
      return undefined;
    case 'event':
      applyEvent(draft, signal);
      return undefined;
    case 'cancel':
      cancel(draft, signal);
      return undefined;
    case 'control':
      return control(draft, signal) ? draft.now : undefined;
    case 'nudge':
      return draft.now;
    case 'wake':
      return draft.active?.armed === signal.dueAt ? Math.max(draft.now, signal.dueAt) : draft.now;
  }
}

function submit(draft: Draft, signal: SignalOf<'submitted'>, plan: Plan | undefined): void {
  const { workflow, digest, input, limits, announced, by } = signal;
  draft.emit({
    type: 'RunStarted',
    workflow,
    digest,
    input,
    limits,
    ...(announced === undefined ? {} : { announced }),
    ...(by === undefined ? {} : { by }),
  });
  const fail = (code: string, message: string): void =>
    settleRun(draft, { status: 'failed', error: { code, message, retryable: false } });
  if (plan === undefined) {
    fail('workflow_unknown', `there is no definition of ${workflow} with digest ${digest}`);
    return;
  }
  const { inputSchema } = draft.plan.definition;
  const wrong = inputSchema === undefined ? undefined : plan.schemas(inputSchema)(input);
  if (wrong !== undefined) fail('input_invalid', `the input does not fit the workflow's schema: ${wrong}`);
}

/** Applies a command newer than all seen before; true when what is due is to be looked at. */
function control(draft: Draft, { verb, epoch, by, reason }: SignalOf<'control'>): boolean {
  const run = draft.active;
  if (run === undefined || epoch <= run.epoch) return false;
  draft.emit({ type: 'ControlApplied', verb, epoch, by, reason });
  return verb === 'resume';
}

function cancel(draft: Draft, { by, reason }: SignalOf<'cancel'>): void {
  const run = draft.active;
  if (run === undefined) return;
  if (run.root !== undefined) cancelTree(draft, run.root, '0');
  const message = `cancelled by ${by}: ${reason}`.slice(0, 4_000);
  settleRun(draft, { status: 'cancelled', error: { code: 'cancelled', message, retryable: false } });
}

/**
 * Keeps one wake-up armed while the run is running, for the earliest due time. A new one is armed when an earlier time appears, and when the
 * armed one has passed. Its time is always after the sweep, so that no time is armed twice.
 */
function arm(draft: Draft, sweptAt: number | undefined): void {
  const run = draft.running;
  if (run === undefined) return;
  const { armed } = run;
  const time = Math.max(sweptAt ?? 0, draft.now);
  const isSpent = armed === undefined || (sweptAt !== undefined && armed <= sweptAt);
  const due = draft.putOff ? 0 : isSpent ? earliestDue(run) : draft.newDue;
  if (due === Infinity || (!isSpent && due >= armed)) return;
  const dueAt = Math.max(due, time + 1);
  if (isSpent || dueAt < armed) draft.emit({ type: 'WakeArmed', dueAt });
}

/** What must be emitted, again on every signal: the armed wake-up of a running run; the result of a settled one, and the announced task that it answers. */
export function openEffects(state: RunState): { wakeAt?: number; settled?: RunSettled; announced?: { task: string } } {
  if (state.status === 'new') return {};
  if (!isActiveRun(state)) {
    return { settled: state.settled, ...(state.announced === undefined ? {} : { announced: state.announced }) };
  }
  return state.status === 'running' && state.armed !== undefined ? { wakeAt: state.armed } : {};
}
