import type { AwardReasons } from '@parley/contracts';
import { GenAi, Parley, type Span } from '@parley/tracing';
import type { OpenTask } from './open-task.ts';

/** What a recorded `parley.award` tells: which attempt went to whom, and why. */
export function describeAward(
  span: Span,
  { ns, run, scheduled }: OpenTask,
  agent: string,
  reasons: AwardReasons,
): void {
  const { task, attempt, epoch, capability } = scheduled;
  span.setAttributes({
    [Parley.NAMESPACE]: ns,
    [Parley.RUN_ID]: run,
    [Parley.TASK_ID]: task,
    [Parley.ATTEMPT]: attempt,
    [Parley.EPOCH]: epoch,
    [Parley.CAPABILITY]: capability,
    [Parley.BIDS]: reasons.bids.length,
    [Parley.AWARD_RULE]: reasons.rule,
    [GenAi.AGENT_NAME]: agent,
  });
}
