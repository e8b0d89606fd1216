import { type Bid, propose } from '@parley/agent';

/** What one task of a capability usually takes: micro-USD, and milliseconds when nothing else is in hand. */
const USUAL = {
  plan: { cost: 500, ms: 2_000 },
  research: { cost: 5_000, ms: 6_000 },
  analyse: { cost: 2_000, ms: 4_000 },
  write: { cost: 2_000, ms: 4_000 },
  review: { cost: 0, ms: 1_000 },
} as const;

const MAIN = { pace: 1, confidence: 0.9 } as const;
const HELPER = { pace: 1.5, confidence: 0.75 } as const;

/** A capability of the team. */
export type Job = keyof typeof USUAL;

/**
 * Bids of a team member: surest and fastest in its main job, a help in others. Each task in hand or before this one in the
 * call delays it by one; a helper reads the call from its end, so that two who are asked about several tasks share them.
 */
export function bidAs(main: Job): Bid {
  return ({ capability }, { inHand, offered, place }) => {
    if (!isJob(capability)) return propose();
    const { cost, ms } = USUAL[capability];
    const { pace, confidence } = capability === main ? MAIN : HELPER;
    const before = capability === main ? place : offered - 1 - place;
    return propose({ cost, etaMs: ms * pace * (1 + inHand + before), confidence });
  };
}

const isJob = (capability: string): capability is Job => Object.hasOwn(USUAL, capability);
