import type { AwardReasons } from '@parley/contracts';
import type { Logger, Metrics } from '@parley/service';

/** One method per thing that happens in a router and matters to an operator. */
export interface RouterEvents {
  joined(agent: string, instance: string): void;
  left(agent: string, instance: string): void;
  beatLost(agent: string, error: unknown): void;
  called(tasks: number, asked: number): void;
  closed(durationMs: number, silent: readonly string[]): void;
  awarded(agent: string, reasons: AwardReasons): void;
  awardedBefore(task: string, attempt: number): void;
  unroutable(task: string, attempt: number, reason: string): void;
  skipped(task: string, attempt: number, reason: 'late' | 'fenced'): void;
  invalidBid(agent: string, error: unknown): void;
  /** One agent's answer to an offer. */
  offered(agent: string, outcome: 'agreed' | 'refused' | 'silent'): void;
  /** What became of a handoff: somebody agreed, or the giver gets it back. */
  handedOver(task: string, attempt: number, from: string, outcome: 'agreed' | 'refused'): void;
  deferred(error: unknown): void;
}

export function createRouterEvents(log: Logger, metrics: Metrics): RouterEvents {
  const calls = metrics.counter('parley_calls_for_proposals_total', 'Calls for proposals published').with({});
  const tasks = metrics.counter('parley_tasks_called_total', 'Tasks in calls for proposals').with({});
  const bids = metrics.counter('parley_bids_total', 'Proposals received for awarded tasks').with({});
  const awards = metrics.counter('parley_awards_total', 'Awards made', ['agent']);
  const auction = metrics.histogram('parley_auction_duration_seconds', 'From call to close').with({});
  const silent = metrics.counter('parley_bids_silent_total', 'Live agents that did not answer in time', ['agent']);
  const skipped = metrics.counter('parley_tasks_skipped_total', 'Tasks that got no award', ['reason']);
  const offers = metrics.counter('parley_handoff_offers_total', 'Answers to offers', ['agent', 'outcome']);
  const handoffs = metrics.counter('parley_handoffs_routed_total', 'Hand-offs that were offered', ['outcome']);
  return {
    joined: (agent, instance) => log.info({ event: 'agent.joined', agent, agentInstance: instance }),
    left: (agent, instance) => log.info({ event: 'agent.left', agent, agentInstance: instance }),
    beatLost: (agent, error) => log.warn({ event: 'agent.beat_lost', agent, err: error }),
    called(count) {
      calls.inc();
      tasks.inc(count);
    },
    closed(durationMs, names) {
      auction.observe(durationMs / 1_000);
      for (const agent of names) silent.with({ agent }).inc();
    },
    awarded(agent, reasons) {
      awards.with({ agent }).inc();
      bids.inc(reasons.bids.length);
    },
    awardedBefore: (task, attempt) => log.info({ event: 'award.exists', task, attempt }),
    unroutable(task, attempt, reason) {
      skipped.with({ reason: 'unroutable' }).inc();
      log.warn({ event: 'task.unroutable', task, attempt, reason });
    },
    skipped(task, attempt, reason) {
      skipped.with({ reason }).inc();
      log.info({ event: 'task.skipped', task, attempt, reason });
    },
    invalidBid: (agent, error) => log.warn({ event: 'bid.invalid', agent, err: error }),
    offered: (agent, outcome) => offers.with({ agent, outcome }).inc(),
    handedOver(task, attempt, from, outcome) {
      handoffs.with({ outcome }).inc();
      log.info({ event: `handoff.${outcome}`, task, attempt, from });
    },
    deferred: (error) => log.warn({ event: 'awards.deferred', err: error }),
  };
}
