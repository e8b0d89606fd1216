import { chooseAward } from '@parley/core';
import { Award, type AwardReasons, headersOf, leaseToken, partitionOf, RunSignal } from '@parley/contracts';
import type { Bus, StreamOutgoing } from '@parley/bus';
import { spanName, traceparentOf, withSpan } from '@parley/tracing';
import { describeAward } from './award-span.ts';
import type { Answers } from './auctions.ts';
import type { RouterEvents } from './events.ts';
import type { OpenTask } from './open-task.ts';

const NO_ANSWERS: Answers = { proposals: [], refusals: [], silent: [] };

export interface AwardDependencies {
  readonly bus: Bus;
  readonly leaseKey: string;
  readonly router: string;
  readonly events: RouterEvents;
}

/** Chooses a holder for each task and stores the awards together: each is created once, on the expectation that none exists. */
export async function awardAll(
  deps: AwardDependencies,
  tasks: readonly OpenTask[],
  market: (task: OpenTask) => { candidates: readonly string[]; live: ReadonlySet<string>; answers?: Answers },
): Promise<void> {
  /** One per task; undefined when there is nothing to say. */
  const messages: (StreamOutgoing | undefined)[] = [];
  const chosen: ({ agent: string; reasons: AwardReasons } | undefined)[] = [];
  for (const task of tasks) {
    const { candidates, live, answers = NO_ANSWERS } = market(task);
    const choice = chooseAward({
      task: task.scheduled,
      candidates,
      live,
      proposals: answers.proposals,
      refusals: answers.refusals,
    });
    if ('unroutable' in choice) {
      chosen.push(undefined);
      // Its decision may have been delivered before, when somebody could take it.
      messages.push((await isAwarded(deps, task)) ? undefined : unroutable(deps, task, choice.unroutable));
    } else {
      const reasons = { ...choice.reasons, silent: [...answers.silent] };
      chosen.push({ agent: choice.agent, reasons });
      messages.push(
        withSpan(spanName.award, { parent: task.traceparent }, (span) => {
          if (span.isRecording()) describeAward(span, task, choice.agent, reasons);
          return award(deps, { ...task, traceparent: traceparentOf(span) }, choice.agent, reasons);
        }),
      );
    }
  }
  const results = (await deps.bus.store(messages.filter((message) => message !== undefined))).values();
  for (const [i, task] of tasks.entries()) {
    const { task: id, attempt } = task.scheduled;
    if (messages[i] === undefined) {
      deps.events.awardedBefore(id, attempt);
      task.settle('done');
      continue;
    }
    const result = results.next().value;
    if (result instanceof Error && result.code !== 'conflict') {
      deps.events.deferred(result);
      task.settle('again');
      continue;
    }
    const choice = chosen[i];
    if (result instanceof Error) deps.events.awardedBefore(id, attempt);
    else if (choice === undefined) deps.events.unroutable(id, attempt, 'no agent holds the capability');
    else deps.events.awarded(choice.agent, choice.reasons);
    task.settle('done');
  }
}

async function isAwarded({ bus }: AwardDependencies, { ns, scheduled }: OpenTask): Promise<boolean> {
  const filter = Award.filter({ ns, taskId: scheduled.task, attempt: String(scheduled.attempt) });
  return (await bus.last('WORK', filter)) !== undefined;
}

function award(deps: AwardDependencies, task: OpenTask, agent: string, reasons: AwardReasons): StreamOutgoing {
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
    }),
    headers: headersOf(
      Award,
      { id: messageId, source: `/router/${deps.router}`, traceparent, conversation: run, epoch, attempt },
      deps.bus.now(),
    ),
  };
}

function unroutable(deps: AwardDependencies, task: OpenTask, reason: string): StreamOutgoing {
  const { ns, run, traceparent } = task;
  const { task: id, attempt } = task.scheduled;
  const messageId = `${id}-${attempt}-unroutable`;
  return {
    id: messageId,
    subject: RunSignal.toSubject({ ns, partition: partitionOf(run), runId: run }),
    payload: RunSignal.encode({ kind: 'unroutable', task: id, attempt, reason }),
    headers: headersOf(
      RunSignal,
      { id: messageId, source: `/router/${deps.router}`, traceparent, conversation: run },
      deps.bus.now(),
    ),
  };
}
