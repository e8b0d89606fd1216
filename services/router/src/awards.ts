import { chooseAward } from '@parley/core';
import type { AwardReasons } from '@parley/contracts';
import type { StreamOutgoing } from '@parley/bus';
import { spanName, traceparentOf, withSpan } from '@parley/tracing';
import { describeAward } from './award-span.ts';
import type { Answers } from './auctions.ts';
import { type AwardDependencies, awardMessage, isAwarded, noHolderMessage } from './award-message.ts';
import type { OpenTask } from './open-task.ts';

const NO_ANSWERS: Answers = { proposals: [], refusals: [], silent: [] };

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
      const told = { kind: 'unroutable', reason: choice.unroutable } as const;
      messages.push((await isAwarded(deps, task)) ? undefined : noHolderMessage(deps, task, told));
    } else {
      const reasons = { ...choice.reasons, silent: [...answers.silent] };
      chosen.push({ agent: choice.agent, reasons });
      messages.push(
        withSpan(spanName.award, { parent: task.traceparent }, (span) => {
          if (span.isRecording()) describeAward(span, task, choice.agent, reasons);
          return awardMessage(deps, { ...task, traceparent: traceparentOf(span) }, choice.agent, reasons);
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
