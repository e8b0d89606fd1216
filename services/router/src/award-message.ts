import {
  Award,
  type AwardReasons,
  type HandoffContext,
  headersOf,
  leaseToken,
  partitionOf,
  RunSignal,
  type TaskScheduled,
} from '@parley/contracts';
import type { Bus, StreamOutgoing } from '@parley/bus';
import type { RouterEvents } from './events.ts';
import type { OpenTask } from './open-task.ts';

export interface AwardDependencies {
  readonly bus: Bus;
  readonly leaseKey: string;
  readonly router: string;
  readonly events: RouterEvents;
}

/** The attempt has its award: this decision was delivered before, or another router has it too. */
export async function isAwarded({ bus }: AwardDependencies, { ns, scheduled }: OpenTask): Promise<boolean> {
  const filter = Award.filter({ ns, taskId: scheduled.task, attempt: String(scheduled.attempt) });
  return (await bus.last('WORK', filter)) !== undefined;
}

/** The award of an attempt: stored once, on the expectation that none exists. */
export function awardMessage(
  deps: AwardDependencies,
  task: OpenTask,
  agent: string,
  reasons: AwardReasons,
): StreamOutgoing {
  const { ns, run, traceparent } = task;
  const { task: id, attempt, capability, input, epoch, deadlineAt, performMs, journal, continues } = task.scheduled;
  const params = { ns, taskId: id, attempt: String(attempt) };
  const messageId = `${id}-${attempt}`;
  return {
    id: messageId,
    subject: Award.toSubject({ ...params, agent }),
    expect: { lastSequence: 0, subject: Award.filter(params) },
    payload: Award.encodeTyped({
      run,
      task: id,
      attempt,
      capability,
      input,
      epoch,
      deadlineAt,
      performMs,
      journal,
      continues,
      token: leaseToken(deps.leaseKey, { ns, run, task: id, attempt, epoch, agent }),
      reasons,
      ...contextOf(task.scheduled),
      answer: task.scheduled.answer,
    }),
    headers: headersOf(
      Award,
      { id: messageId, source: `/router/${deps.router}`, traceparent, conversation: run, epoch, attempt },
      deps.bus.now(),
    ),
  };
}

/** What hand-offs tell the holder; an offer that was agreed to says it of the attempt itself. */
function contextOf({ offer, brief, handoff, refused, returned, answered }: TaskScheduled): HandoffContext {
  if (offer === undefined) return { brief, handoff, refused, returned, answered };
  const { from, reason, priority, hop } = offer;
  return { brief: offer.brief, handoff: { from, reason, priority, hop }, refused, returned, answered };
}

type Told =
  | { kind: 'unroutable'; reason: string }
  | { kind: 'offer_refused'; refusals: { to: string; reason: string }[] };

/** Tells the run that an attempt has no holder. */
export function noHolderMessage(deps: AwardDependencies, task: OpenTask, told: Told): StreamOutgoing {
  const { ns, run, traceparent } = task;
  const { task: id, attempt } = task.scheduled;
  const messageId = `${id}-${attempt}-${told.kind}`;
  return {
    id: messageId,
    subject: RunSignal.toSubject({ ns, partition: partitionOf(run), runId: run }),
    payload: RunSignal.encode({ task: id, attempt, ...told }),
    headers: headersOf(
      RunSignal,
      { id: messageId, source: `/router/${deps.router}`, traceparent, conversation: run },
      deps.bus.now(),
    ),
  };
}
