import { type AwardReasons, MAX_REFUSALS, type OfferRefusal } from '@parley/contracts';
import { GenAi, Parley, type Span, spanName, traceparentOf, withSpan } from '@parley/tracing';
import { type AwardDependencies, awardMessage, isAwarded, noHolderMessage } from './award-message.ts';
import { candidatesFor } from './offer-candidates.ts';
import { ask, type AskDependencies } from './offer-request.ts';
import type { OfferedTask, OpenTask } from './open-task.ts';
import type { Registry } from './registry.ts';

export interface OfferDependencies extends AwardDependencies, AskDependencies {
  readonly registry: Pick<Registry, 'capable' | 'isLive' | 'loadOf'>;
  /** False when an attempt is past its deadline or fenced. */
  mayBeAwarded(task: OpenTask): boolean;
}

/**
 * Offers a task that is handed over to one agent after the other; the first that agrees gets the award, else the run is told who refused and why.
 *
 * 1. An offer changes nothing but a slot that is reserved until the reply-by: a router that dies leaves it to be made again, by whoever gets the decision next.
 * 2. The award is the transfer. It is created on the expectation that none exists, so two routers that both hear an agreement transfer once.
 * 3. A refusal of all that crosses another router's award closes the attempt; the award's holder is told to stop, and what it reports is late.
 */
export async function routeOffer(deps: OfferDependencies, offered: OfferedTask): Promise<void> {
  await withSpan(spanName.offer, { parent: offered.traceparent }, async (span) => {
    const task = { ...offered, traceparent: traceparentOf(span) };
    if (await isAwarded(deps, task)) return settleAs(deps, task, 'award.exists');
    describeOffer(span, task);
    const refusals: OfferRefusal[] = [];
    const { candidates, absent } = candidatesFor(deps.registry, task);
    for (const agent of candidates.slice(0, MAX_REFUSALS)) {
      const answer = await ask(deps, task, agent);
      if (!deps.mayBeAwarded(task)) return task.settle('done');
      if (answer.answer === 'agree') {
        span.setAttributes({ [GenAi.AGENT_NAME]: agent, [Parley.OUTCOME]: 'agreed' });
        return award(deps, task, agent, { etaMs: answer.etaMs, refusals });
      }
      refusals.push({ to: agent, reason: answer.reason.slice(0, 2_000) });
    }
    span.setAttribute(Parley.OUTCOME, 'refused');
    await giveBack(deps, task, refusals.length > 0 ? refusals : [absent]);
  });
}

async function award(
  deps: OfferDependencies,
  task: OfferedTask,
  agent: string,
  { etaMs, refusals }: { etaMs: number; refusals: readonly OfferRefusal[] },
): Promise<void> {
  const reasons: AwardReasons = {
    rule: 'handoff_agreed',
    criteria: task.scheduled.criteria,
    bids: [],
    refusals: refusals.map(({ to, reason }) => ({ agent: to, reason })),
    silent: [],
    etaMs,
  };
  const [stored] = await deps.bus.store([awardMessage(deps, task, agent, reasons)]);
  if (stored instanceof Error && stored.code !== 'conflict') throw stored;
  if (stored instanceof Error) return settleAs(deps, task, 'award.exists');
  deps.events.awarded(agent, reasons);
  settleAs(deps, task, 'agreed');
}

async function giveBack(deps: OfferDependencies, task: OfferedTask, refusals: OfferRefusal[]): Promise<void> {
  // Another router may have heard an agreement meanwhile.
  if (await isAwarded(deps, task)) return settleAs(deps, task, 'award.exists');
  const [stored] = await deps.bus.store([noHolderMessage(deps, task, { kind: 'offer_refused', refusals })]);
  if (stored instanceof Error) throw stored;
  settleAs(deps, task, 'refused');
}

function settleAs(
  { events }: OfferDependencies,
  { scheduled, settle }: OfferedTask,
  outcome: 'agreed' | 'refused' | 'award.exists',
): void {
  const { task, attempt, offer } = scheduled;
  if (outcome === 'award.exists') events.awardedBefore(task, attempt);
  else events.handedOver(task, attempt, offer.from, outcome);
  settle('done');
}

function describeOffer(span: Span, { ns, run, scheduled }: OfferedTask): void {
  if (!span.isRecording()) return;
  const { task, attempt, epoch, capability, offer } = scheduled;
  span.setAttributes({
    [Parley.NAMESPACE]: ns,
    [Parley.RUN_ID]: run,
    [Parley.TASK_ID]: task,
    [Parley.ATTEMPT]: attempt,
    [Parley.EPOCH]: epoch,
    [Parley.CAPABILITY]: capability,
    [Parley.HANDOFF_FROM]: offer.from,
    [Parley.HANDOFF_HOP]: offer.hop,
  });
}
