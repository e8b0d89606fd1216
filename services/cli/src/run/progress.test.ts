import type { Decision, RunEvent } from '@parley/contracts';
import { expect, test } from 'vitest';
import { awardText, createProgress, type RunFact, usdText } from './progress.ts';

const at = 1_000;
let n = 0;

function decided(...events: RunEvent[]): RunFact {
  const decision: Decision = { v: 1, run: 'r1', n: ++n, prev: '', at, causes: [], events, hash: '' };
  return { type: 'decision', decision };
}

const scheduled = (path: string, capability: string, attempt = 1): RunEvent => ({
  type: 'TaskScheduled',
  path,
  task: `r1-${path.replaceAll('.', '-')}`,
  attempt,
  capability,
  input: null,
  criteria: 'balanced',
  epoch: 0,
  deadlineAt: 2_000,
  performMs: 1_000,
  journal: 'j',
  continues: false,
});

const usage = { inputTokens: 1_200, outputTokens: 34, microUsd: 5_600, modelCalls: 2 };

function award(path: string, agent: string, bidders: Record<string, number>): RunFact {
  const bids = Object.entries(bidders).map(([name, score]) => ({
    agent: name,
    score,
    cost: 0,
    etaMs: 1,
    confidence: 1,
    load: 0,
  }));
  return {
    type: 'award',
    at,
    agent,
    award: {
      run: 'r1',
      task: `r1-${path.replaceAll('.', '-')}`,
      attempt: 1,
      capability: 'research',
      input: null,
      epoch: 0,
      deadlineAt: 2_000,
      performMs: 1_000,
      journal: 'j',
      continues: false,
      token: 't',
      reasons: { rule: 'best_score', criteria: 'balanced', bids, refusals: [], silent: ['analyst'] },
    },
  };
}

test('an award tells who won, with every score, and who was silent', () => {
  const progress = createProgress();
  progress.apply(decided(scheduled('0.1', 'plan')));
  const [line] = progress.apply(award('0.1', 'planner', { planner: 0.823, writer: 0.4 }));
  expect(line).toMatchObject({
    label: 'plan',
    text: 'planner won with 2 bids: planner 0.82, writer 0.40; no answer from analyst',
  });
  expect(progress.totals().bids).toBe(2);
});

test('branches of a concurrent node are numbered', () => {
  const progress = createProgress();
  progress.apply(decided({ type: 'NodeAdvanced', path: '0.1', kind: 'concurrent', state: null }));
  const lines = progress.apply(decided(scheduled('0.1.0', 'research'), scheduled('0.1.1.0', 'research')));
  expect(lines.map(({ label }) => label)).toEqual(['research 1', 'research 2']);
});

test('an award that overtakes its decision is labelled by its own capability', () => {
  expect(createProgress().apply(award('0.3', 'researcher', { researcher: 1 }))[0]?.label).toBe('research');
});

test('a closed attempt names the agent and what it used, a failed one its reason', () => {
  const progress = createProgress();
  progress.apply(decided(scheduled('0', 'plan')));
  const by = { agent: 'planner', instance: 'i1' };
  const lines = progress.apply(
    decided(
      { type: 'AttemptClosed', path: '0', attempt: 1, outcome: 'result', usage, by },
      {
        type: 'AttemptClosed',
        path: '0',
        attempt: 2,
        outcome: 'failed',
        error: { code: 'x', message: 'no luck', retryable: true },
        by: { agent: 'writer', instance: 'i2' },
      },
    ),
  );
  expect(lines.map(({ text, tone }) => [text, tone])).toEqual([
    ['done by planner, 1,200 tokens in, 34 out, $0.005600', 'good'],
    ['failed by writer: no luck', 'bad'],
  ]);
  expect(progress.totals().agents).toEqual(['planner', 'writer']);
});

test('only the first closing of a permit is counted', () => {
  const progress = createProgress();
  const record = {
    permit: 'p1',
    run: 'r1',
    task: 't1',
    attempt: 1,
    agent: 'planner',
    model: 'm',
    reserved: { tokens: 100, microUsd: 100 },
    charged: { tokens: 40, microUsd: 30 },
    inputTokens: 25,
    outputTokens: 15,
    ledgerVersion: 1,
  };
  for (const op of ['granted', 'settled', 'settled', 'expired'] as const)
    progress.apply({ type: 'usage', at, record: { ...record, op } });
  expect(progress.totals()).toMatchObject({ microUsd: 30, inputTokens: 25, outputTokens: 15 });
});

test('the end of a run is known once it has settled', () => {
  const progress = createProgress();
  expect(progress.settled).toBeUndefined();
  progress.apply(decided({ type: 'RunSettled', status: 'completed', output: 1, usage, steps: 7 }));
  expect(progress.settled).toMatchObject({ status: 'completed', steps: 7 });
});

test('small amounts of money keep their digits', () => {
  expect([0, 12, 9_999, 10_000, 1_234_567].map(usdText)).toEqual([
    '$0.0000',
    '$0.000012',
    '$0.009999',
    '$0.0100',
    '$1.2346',
  ]);
});

test('a handoff tells who passed what to whom and why, what became of the offer, and when the task is back', () => {
  const progress = createProgress();
  const by = { agent: 'ann', instance: 'a1' };
  const brief = { asked: 'q', found: [], failed: [], next: 'n' };
  const request = { to: 'bob', reason: 'knows more', priority: 'high', brief, continuation: 'transfer' } as const;
  const origin = { from: 'ann', reason: 'knows more', priority: 'high', hop: 1 } as const;
  const open = scheduled('0', 'help', 2) as Extract<RunEvent, { type: 'TaskScheduled' }>;
  const refusals = [{ to: 'bob', reason: 'busy' }];
  progress.apply(decided(scheduled('0', 'help')));
  const lines = [
    decided({ type: 'AttemptClosed', path: '0', attempt: 1, outcome: 'handoff', by, handoff: request }),
    decided({ ...open, offer: { ...origin, to: 'bob', brief } }),
    decided({ type: 'AttemptClosed', path: '0', attempt: 2, outcome: 'refused', refusals }),
    decided({ ...open, attempt: 3, continues: true, refused: refusals }),
  ].flatMap((fact) => progress.apply(fact));
  expect(lines.map(({ text }) => text)).toEqual([
    'handed over by ann to bob: knows more',
    'offered to bob for help, attempt 2 (hop 1, high)',
    'not taken: bob refused (busy)',
    'continues, attempt 3; its handoff came back: bob refused (busy)',
  ]);
  const reasons = { rule: 'handoff_agreed', criteria: 'balanced', bids: [], silent: [], etaMs: 2_500 } as const;
  expect(awardText('carl', { ...reasons, bids: [], silent: [], refusals: [{ agent: 'bob', reason: 'busy' }] })).toBe(
    'to carl, who agreed (about 2.5 s); bob refused (busy)',
  );
});

test('what waits for people is told with its id, and so is everything that they say', () => {
  const progress = createProgress();
  const ballot = {
    title: 'Pay',
    approvers: ['ann', 'bob'],
    votes: [],
    quorum: 2,
    expiresAt: 0,
    version: 1,
    ended: null,
    escalated: false,
  };
  const open = (state: object) =>
    progress.apply(decided({ type: 'NodeAdvanced', path: '0.1', kind: 'approval', state: { ...ballot, ...state } }));
  expect(open({})[0]?.text).toBe('r1-0-1 waits for approval by ann, bob (0 of 2) until 1970-01-01T00:00:00.000Z: Pay');
  expect(open({ version: 2, votes: ['ann'] })).toEqual([]);
  expect(open({ version: 3, escalated: true })[0]?.text).toMatch(/^others may decide too/);
  expect(open({ version: 4, escalated: true })).toEqual([]);
  expect(open({ version: 5, ended: 'approved' })).toEqual([]);
  const question = { attempt: 2, request: { ask: 'answer' }, ballot: { ...ballot, approvers: [] } };
  const asked = decided({
    type: 'NodeAdvanced',
    path: '0',
    kind: 'task',
    state: { dueAt: 1, continues: true, question },
  });
  expect(progress.apply(asked)[0]?.text).toMatch(/^r1-0-q2 waits for an answer of anyone/);
  const vote = { type: 'VoteRecorded', signal: 's', approval: 'a', digest: 'd', by: 'ann' } as const;
  const refused = { code: 'digest_mismatch', message: 'look again' } as const;
  expect(
    progress
      .apply(
        decided(
          { ...vote, decision: 'reject', reason: 'too much' },
          { ...vote, decision: 'delegate', to: 'bob' },
          { ...vote, decision: 'approve', refused },
        ),
      )
      .map(({ text }) => text),
  ).toEqual(['ann: reject: too much', 'ann: delegate to bob', 'ann: approve does not count: look again']);
});

test('waiting for the world is told, and what came of it', () => {
  const progress = createProgress();
  const received = { type: 'SignalReceived', signal: 's', id: 'e', name: 'paid', by: 'bank' } as const;
  expect(
    progress
      .apply(
        decided(
          { type: 'NodeAdvanced', path: '0', kind: 'wait', state: { event: 'paid', until: 0 } },
          { ...received, kept: { payload: 1 } },
          received,
          { ...received, refused: { code: 'inbox_full', message: 'no room' } },
          { type: 'SignalTaken', path: '0', id: 'e' },
        ),
      )
      .map(({ text }) => text),
  ).toEqual([
    'waits for the event paid until 1970-01-01T00:00:00.000Z',
    'event paid of bank, kept until something waits for it',
    'event paid of bank',
    'event paid of bank was not taken: no room',
  ]);
});
