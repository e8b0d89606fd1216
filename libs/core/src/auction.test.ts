import type { Criteria } from '@parley/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Auction, type Bid, chooseAward, scoreBids } from './auction.ts';

const bid = (agent: string, more: Partial<Bid> = {}): Bid => ({
  agent,
  cost: 10,
  etaMs: 1_000,
  confidence: 0.5,
  load: 0,
  ...more,
});
const auction = (more: Partial<Omit<Auction, 'proposals' | 'live'>> & { bids?: Bid[]; live?: string[] } = {}) => {
  const {
    bids = [],
    candidates = ['ann', 'bob', 'cid'],
    live = candidates,
    task = { criteria: 'balanced' },
    refusals = [],
  } = more;
  const proposals = bids.map((one) => ({ ...one, task: 't', attempt: 1 }));
  return chooseAward({ task, candidates, live: new Set(live), proposals, refusals });
};

test.each([
  ['cost', 'cheap'],
  ['time', 'fast'],
  ['quality', 'good'],
  [{ cost: 0, time: 1, quality: 0.1 }, 'fast'],
  [{ cost: 0, time: 0, quality: 0 }, 'fast'],
  ['balanced', 'fast'],
] as const)('by %j the winner is %s', (criteria, winner) => {
  const bids = [
    bid('cheap', { cost: 1, etaMs: 9_000, confidence: 0.2 }),
    bid('good', { cost: 9, etaMs: 5_000, confidence: 0.9 }),
    bid('fast', { cost: 2, etaMs: 100, confidence: 0.3 }),
  ];
  expect(scoreBids(criteria, bids)[0]?.agent).toBe(winner);
});

test('the score is the documented formula', () => {
  const [first, second] = scoreBids({ cost: 0.5, time: 0.25, quality: 0.25 }, [
    bid('ann', { cost: 0, etaMs: 300, confidence: 0.8, load: 0.5 }),
    bid('bob', { cost: 20, etaMs: 100, confidence: 0.4, load: 0 }),
  ]);
  expect([first?.agent, first?.score]).toEqual(['ann', 0.5 + 0.25 * 0.8 - 0.2 * 0.5]);
  expect([second?.agent, second?.score]).toEqual(['bob', 0.25 + 0.25 * 0.4]);
});

test('a loaded agent loses against an idle one, and equal scores go to the cheaper, then the first by name', () => {
  expect(scoreBids('cost', [bid('ann', { load: 0.9 }), bid('bob')])[0]?.agent).toBe('bob');
  const tied = [bid('ann', { cost: 10 }), bid('bob', { cost: 5 })];
  expect(scoreBids('quality', tied)[0]?.agent).toBe('bob');
  expect(scoreBids('balanced', [bid('bob'), bid('ann')])[0]?.agent).toBe('ann');
});

test('scores do not depend on the order of the bids and can be computed again from what is stored', () => {
  const bids = fc.uniqueArray(
    fc.record({
      agent: fc.stringMatching(/^[a-z]{1,3}$/),
      cost: fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }),
      etaMs: fc.nat(100_000),
      confidence: fc.double({ min: 0, max: 1, noNaN: true }),
      load: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
    { selector: ({ agent }) => agent, minLength: 2, maxLength: 8 },
  );
  const criteria = fc.constantFrom<Criteria[]>('balanced', 'cost', 'time', 'quality', {
    cost: 0.3,
    time: 0,
    quality: 1,
  });
  fc.assert(
    fc.property(bids, criteria, (all, by) => {
      const result = auction({ bids: all, candidates: all.map(({ agent }) => agent), task: { criteria: by } });
      if (!('reasons' in result)) throw new Error('no award');
      const stored = JSON.parse(JSON.stringify(result.reasons.bids)) as typeof result.reasons.bids;
      const again = scoreBids(
        by,
        stored
          .toReversed()
          .map(({ agent, cost, etaMs, confidence, load }) => ({ agent, cost, etaMs, confidence, load })),
      );
      expect(JSON.stringify(again)).toBe(JSON.stringify(stored));
      expect(again[0]?.agent).toBe(result.agent);
      expect(again.every(({ score }) => Number.isFinite(score))).toBe(true);
    }),
  );
});

test.each([
  { why: 'the best score', input: { bids: [bid('ann'), bid('bob', { cost: 1 })] }, agent: 'bob', rule: 'best_score' },
  { why: 'the only proposal', input: { bids: [bid('cid')] }, agent: 'cid', rule: 'sole_proposal' },
  { why: 'the only live candidate, unasked', input: { live: ['bob'] }, agent: 'bob', rule: 'only_candidate' },
  { why: 'nobody alive', input: { live: [], candidates: ['cid', 'bob'] }, agent: 'bob', rule: 'queued' },
  {
    why: 'the journal holder with a worse bid',
    input: { bids: [bid('ann', { cost: 99 }), bid('bob')], task: { criteria: 'cost', prefer: 'ann' } as const },
    agent: 'ann',
    rule: 'journal_holder',
  },
  {
    why: 'the queue of the journal holder when nobody is alive',
    input: { live: [], task: { criteria: 'cost', prefer: 'cid' } as const },
    agent: 'cid',
    rule: 'queued',
  },
  {
    why: 'the others when the journal holder is silent',
    input: { bids: [bid('bob')], task: { criteria: 'cost', prefer: 'ann' } as const },
    agent: 'bob',
    rule: 'sole_proposal',
  },
])('the award goes to $why', ({ input, agent, rule }) => {
  expect(auction(input)).toMatchObject({ agent, reasons: { rule } });
});

test('refusals and silence are on record, answers of strangers and second answers are not', () => {
  const result = auction({
    bids: [bid('bob', { cost: 3 }), bid('bob', { cost: 0 }), bid('eve', { cost: 0 })],
    refusals: [
      { agent: 'ann', reason: 'busy' },
      { agent: 'eve', reason: 'hi' },
      { agent: 'bob', reason: 'and no' },
    ],
  });
  expect(result).toMatchObject({
    agent: 'bob',
    reasons: { refusals: [{ agent: 'ann', reason: 'busy' }], silent: ['cid'] },
  });
  expect('reasons' in result && result.reasons.bids).toMatchObject([{ agent: 'bob', cost: 3 }]);
});

test.each([
  { why: 'nobody is registered', input: { candidates: [] }, text: 'registered' },
  {
    why: 'all live candidates refuse',
    input: { live: ['ann'], refusals: [{ agent: 'ann', reason: 'busy' }] },
    text: 'ann refused (busy)',
  },
  { why: 'nobody answers', input: {}, text: 'cid did not answer' },
])('there is no award when $why', ({ input, text }) => {
  expect(auction(input)).toEqual({ unroutable: expect.stringContaining(text) });
});
