import type { AwardReasons, Criteria, Proposal, TaskScheduled } from '@parley/contracts';

/** What an agent offers for one task: cost in micro-USD, time in milliseconds, confidence and load between 0 and 1. */
export type Bid = Omit<AwardReasons['bids'][number], 'score'>;

/** How much a fully loaded agent loses against an idle one, in the unit of the score. */
const LOAD_WEIGHT = 0.2;

const WEIGHTS = {
  balanced: { cost: 1, quality: 1, time: 1 },
  cost: { cost: 1, quality: 0, time: 0 },
  quality: { cost: 0, quality: 1, time: 0 },
  time: { cost: 0, quality: 0, time: 1 },
} as const;

const weightsOf = (criteria: Criteria): { cost: number; quality: number; time: number } => {
  const weights = typeof criteria === 'string' ? WEIGHTS[criteria] : criteria;
  return weights.cost + weights.quality + weights.time > 0 ? weights : WEIGHTS.balanced;
};

/**
 * Orders bids, best first:
 *
 *     score = (wc · (1 − ĉ) + wt · (1 − t̂) + wq · confidence) / (wc + wt + wq) − 0.2 · load
 *
 * ĉ and t̂ are cost and time scaled to 0 (lowest of these bids) … 1 (highest); both are 0 when all are equal. Weights that are all 0 count as
 * balanced. Ties go to the lower cost, then to the agent's name. The same bids in any order give the same scores and order.
 */
export function scoreBids(criteria: Criteria, bids: readonly Bid[]): (Bid & { score: number })[] {
  const { cost, quality, time } = weightsOf(criteria);
  const cheapness = scale(bids.map((bid) => bid.cost));
  const speed = scale(bids.map((bid) => bid.etaMs));
  return bids
    .map((bid) => {
      const value = cost * cheapness(bid.cost) + time * speed(bid.etaMs) + quality * bid.confidence;
      return { ...bid, score: value / (cost + quality + time) - LOAD_WEIGHT * bid.load };
    })
    .sort((a, b) => b.score - a.score || a.cost - b.cost || byName(a.agent, b.agent));
}

/** 1 for the lowest of the values, 0 for the highest, linear between; 1 when all are equal. */
function scale(values: readonly number[]): (value: number) => number {
  const low = values.reduce((a, b) => Math.min(a, b), Infinity);
  const high = values.reduce((a, b) => Math.max(a, b), -Infinity);
  return (value) => (high > low ? 1 - (value - low) / (high - low) : 1);
}

const byName = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** What is known when an auction ends. */
export interface Auction {
  task: Pick<TaskScheduled, 'criteria' | 'prefer' | 'agents'>;
  /** Known agents with the capability. */
  candidates: readonly string[];
  live: ReadonlySet<string>;
  proposals: readonly (Proposal & { agent: string })[];
  refusals: readonly { agent: string; reason: string }[];
}

/**
 * Chooses who gets a task, in this order: the journal holder if it proposed; the only live candidate unless it refused; the only proposal; the best
 * score; when nobody is alive, the queue of the journal holder if it is registered, else of the first candidate by name. Otherwise says why nobody can take it.
 * Answers of agents that are no candidates, and second answers, do not count. Every bid is scored, whatever the rule, among the bids of this task.
 */
export function chooseAward(auction: Auction): { agent: string; reasons: AwardReasons } | { unroutable: string } {
  const { criteria, prefer, agents } = auction.task;
  const candidates = [...new Set(auction.candidates)].sort(byName);
  const first = candidates[0];
  if (first === undefined) {
    const among = agents === undefined ? '' : `; the task is for ${agents.join(', ')} alone`;
    return { unroutable: `no agent with this capability is registered${among}`.slice(0, 1_000) };
  }

  const bids = scoreBids(criteria, firstPerAgent(auction.proposals, candidates).map(bidOf));
  const refusals = firstPerAgent(auction.refusals, candidates).filter(({ agent }) =>
    bids.every((bid) => bid.agent !== agent),
  );
  const answered = new Set([...bids, ...refusals].map(({ agent }) => agent));
  const alive = candidates.filter((agent) => auction.live.has(agent) || answered.has(agent));
  const silent = alive.filter((agent) => !answered.has(agent));
  const award = (rule: AwardReasons['rule'], agent: string) => ({
    agent,
    reasons: {
      rule,
      criteria,
      bids,
      refusals: refusals.map(({ agent: who, reason }) => ({ agent: who, reason })),
      silent,
    },
  });

  const [best] = bids;
  const [only] = alive;
  if (prefer !== undefined && bids.some(({ agent }) => agent === prefer)) return award('journal_holder', prefer);
  if (only !== undefined && alive.length === 1 && refusals.length === 0) return award('only_candidate', only);
  if (best !== undefined) return award(bids.length === 1 ? 'sole_proposal' : 'best_score', best.agent);
  if (alive.length === 0) return award('queued', prefer !== undefined && candidates.includes(prefer) ? prefer : first);
  const refused = refusals.map(({ agent, reason }) => `${agent} refused (${reason})`);
  return { unroutable: [...refused, ...silent.map((agent) => `${agent} did not answer`)].join('; ').slice(0, 1_000) };
}

function firstPerAgent<T extends { agent: string }>(answers: readonly T[], candidates: readonly string[]): T[] {
  const seen = new Set<string>();
  return answers.filter(({ agent }) => candidates.includes(agent) && !seen.has(agent) && seen.add(agent));
}

const bidOf = ({ agent, cost, etaMs, confidence, load }: Proposal & { agent: string }): Bid => ({
  agent,
  cost,
  etaMs,
  confidence,
  load,
});
