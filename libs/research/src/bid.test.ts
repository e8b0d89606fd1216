import { scoreBids } from '@parley/core';
import { type BidView, type OfferedTask } from '@parley/agent';
import { expect, test } from 'vitest';
import { bidAs, type Job } from './bid.ts';

const task = (capability: string) => ({ capability }) as OfferedTask;
const idle: BidView = {
  slots: 4,
  inHand: 0,
  load: 0,
  meanMs: undefined,
  meanMicroUsd: undefined,
  offered: 1,
  place: 0,
};

/** Who wins each of several tasks that are offered together, by the score of the router. */
function winners(capability: Job, offered: number, bidders: Record<string, { main: Job; inHand?: number }>): string[] {
  return Array.from({ length: offered }, (_, place) => {
    const bids = Object.entries(bidders).map(([agent, { main, inHand = 0 }]) => {
      const bid = bidAs(main)(task(capability), { ...idle, inHand, load: inHand / idle.slots, offered, place });
      if ('refuse' in bid) throw new Error(bid.refuse);
      return { agent, load: inHand / idle.slots, ...bid.propose };
    });
    return scoreBids('balanced', bids)[0]?.agent ?? '';
  });
}

test('who has it as the main job wins a single task', () => {
  expect(winners('research', 1, { analyst: { main: 'analyse' }, researcher: { main: 'research' } })).toEqual([
    'researcher',
  ]);
  expect(winners('review', 1, { researcher: { main: 'research' }, reviewer: { main: 'review' } })).toEqual([
    'reviewer',
  ]);
});

test('tasks that are offered together are shared, the larger part to the main job', () => {
  const both = { analyst: { main: 'analyse' }, researcher: { main: 'research' } } as const;
  expect(winners('research', 2, both)).toEqual(['researcher', 'analyst']);
  expect(winners('research', 5, both)).toEqual(['researcher', 'researcher', 'researcher', 'analyst', 'analyst']);
});

test('a helper wins while the other is busy', () => {
  const busy = { analyst: { main: 'analyse' }, researcher: { main: 'research', inHand: 2 } } as const;
  expect(winners('research', 1, busy)).toEqual(['analyst']);
});

test('a capability that is none of the team gets the usual bid', () => {
  expect(bidAs('write')(task('toString'), idle)).toEqual({ propose: { cost: 0, etaMs: 1_000, confidence: 0.5 } });
});
