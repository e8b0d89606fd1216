import { scoreBids } from '@parley/core';
import { encodeJson, leaseToken, Propose, verifyLeaseToken } from '@parley/contracts';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { NS, openWorld, proposal, REPLY_BY_MS } from './testing/world.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

test('an auction closes as soon as all who were asked have answered, and the best score wins', async () => {
  await using world = await openWorld();
  await world.agent('dear', () => ({ cost: 900 }));
  await world.agent('cheap', () => ({ cost: 10 }));
  await world.agent('busy', () => ({ refuse: 'full' }));
  await world.schedule('r1', {});
  const [award, ...others] = await world.awards();
  expect(others).toEqual([]);
  expect(award).toMatchObject({ agent: 'cheap', task: 'r1-0-0', attempt: 1, run: 'r1', input: { i: 0 } });
  expect(award?.reasons).toMatchObject({
    rule: 'best_score',
    refusals: [{ agent: 'busy', reason: 'full' }],
    silent: [],
  });
  expect(award?.reasons.bids.map(({ agent }) => agent)).toEqual(['cheap', 'dear']);
});

test('a silent agent holds an auction up to its reply-by and is on record; after two silences nobody waits for it', async () => {
  await using world = await openWorld();
  await world.agent('quick', () => ({ cost: 10 }));
  const silent = await world.agent('silent');
  for (const run of ['r1', 'r2']) {
    await world.schedule(run, {});
    expect(await world.awards()).toHaveLength(run === 'r1' ? 0 : 1);
    vi.advanceTimersByTime(REPLY_BY_MS - 1);
    await world.rest();
    expect(await world.awards()).toHaveLength(run === 'r1' ? 0 : 1);
    vi.advanceTimersByTime(1);
    await world.rest();
  }
  await world.schedule('r3', {});
  const awards = await world.awards();
  expect(awards.map(({ agent, reasons: { rule, silent: who } }) => [agent, rule, who])).toEqual([
    ['quick', 'sole_proposal', ['silent']],
    ['quick', 'sole_proposal', ['silent']],
    ['quick', 'sole_proposal', ['silent']],
  ]);
  expect(silent.calls).toHaveLength(3);
});

test('an answer after the reply-by changes nothing, and neither does a second one', async () => {
  await using world = await openWorld();
  await world.agent('quick', () => ({ cost: 500 }));
  const slow = await world.agent('slow');
  await world.schedule('r1', {});
  const [call] = slow.calls;
  if (call === undefined) throw new Error('slow was not asked');
  world.bus.publish(proposal('quick', call, () => ({ cost: 1 })));
  await world.rest();
  vi.advanceTimersByTime(REPLY_BY_MS);
  await world.rest();
  world.bus.publish(proposal('slow', call, () => ({ cost: 0 })));
  await world.rest();
  expect(await world.awards()).toMatchObject([{ agent: 'quick', reasons: { bids: [{ agent: 'quick', cost: 500 }] } }]);
});

test('the stored scores can be recomputed from the stored bids', async () => {
  await using world = await openWorld();
  await world.agent('a', (task) => ({ cost: 10, etaMs: 9_000, confidence: 0.2, load: task.endsWith('0') ? 0.9 : 0 }));
  await world.agent('b', () => ({ cost: 70, etaMs: 100, confidence: 0.9, load: 0.5 }));
  await world.agent('c', () => ({ cost: 70, etaMs: 100, confidence: 0.9, load: 0.5 }));
  const criteria = ['balanced', 'cost', 'time', 'quality', { cost: 0.5, quality: 0.5, time: 0 }] as const;
  await world.schedule('r1', ...criteria.map((each) => ({ criteria: each })));
  const awards = await world.awards();
  expect(awards.map(({ reasons }) => reasons.criteria)).toEqual(criteria);
  for (const { agent, reasons } of awards) {
    expect(reasons.bids).toHaveLength(3);
    expect(scoreBids(reasons.criteria, reasons.bids.toReversed())).toEqual(reasons.bids);
    expect(reasons.bids[0]?.agent).toBe(agent);
  }
});

test('the tasks of a capability that wait together go out in one call, and one answer serves them all', async () => {
  await using world = await openWorld();
  const [one] = [await world.agent('one', () => ({})), await world.agent('two', () => ({}))];
  const other = await world.agent('other', () => ({}), ['else']);
  await world.schedule('r1', {}, {}, {}, { capability: 'else' });
  expect(one.calls.map(({ tasks }) => tasks.length)).toEqual([3]);
  expect(other.calls).toEqual([]);
  expect(await world.awards()).toHaveLength(4);
});

test('a call carries small inputs whole and of large ones the size', async () => {
  await using world = await openWorld();
  const [one] = [await world.agent('one', () => ({})), await world.agent('two', () => ({}))];
  await world.schedule('r1', { input: 'x'.repeat(100) }, { input: 'x'.repeat(5_000) });
  const [small, large] = one.calls[0]?.tasks ?? [];
  expect(small).toMatchObject({ inputBytes: 102, input: 'x'.repeat(100) });
  expect(large).toEqual(expect.not.objectContaining({ input: expect.anything() as unknown }));
  expect(large).toMatchObject({ inputBytes: 5_002 });
});

test('one candidate is awarded without an auction', async () => {
  await using world = await openWorld();
  const only = await world.agent('only');
  await world.schedule('r1', {});
  expect(only.calls).toEqual([]);
  expect(await world.awards()).toMatchObject([{ agent: 'only', reasons: { rule: 'only_candidate', bids: [] } }]);
});

test('an agent that is registered but not alive gets the task into its queue', async () => {
  await using world = await openWorld();
  const { leave } = await world.agent('sleeper', () => ({}));
  await leave();
  await world.schedule('r1', {});
  expect(await world.awards()).toMatchObject([{ agent: 'sleeper', reasons: { rule: 'queued' } }]);
});

test('an instance that stops beating is not alive any more', async () => {
  await using world = await openWorld();
  const gone = await world.agent('gone', () => ({}));
  await world.clock.advance(3 * 60_000 + 1_000);
  await world.agent('here', () => ({}));
  await world.schedule('r1', {});
  expect(gone.calls).toHaveLength(1);
  const [award] = await world.awards();
  expect(award?.reasons.silent).toEqual([]);
});

test('the agent that holds the journal is preferred when it bids, whatever the score', async () => {
  await using world = await openWorld();
  await world.agent('holder', () => ({ cost: 900 }));
  await world.agent('cheap', () => ({ cost: 1 }));
  await world.schedule('r1', { attempt: 2, continues: true, prefer: 'holder' });
  expect(await world.awards()).toMatchObject([
    { agent: 'holder', continues: true, reasons: { rule: 'journal_holder' } },
  ]);
});

test('an award carries a lease token for its holder alone', async () => {
  await using world = await openWorld();
  await world.agent('only');
  await world.schedule('r1', { epoch: 7 });
  const [award] = await world.awards();
  const claims = { ns: NS, run: 'r1', task: 'r1-0-0', attempt: 1, epoch: 7, agent: 'only' };
  expect(award?.token).toBe(leaseToken('test', claims));
  expect(verifyLeaseToken('test', { ...claims, agent: 'other' }, award?.token ?? '')).toBe(false);
});

test('what is not an answer to a call is left alone', async () => {
  await using world = await openWorld();
  await world.agent('a', () => ({}));
  await world.agent('b', () => ({ cost: 1 }));
  const subject = Propose.toSubject({ ns: NS, agent: 'a', router: 'router1' });
  world.bus.publish({ subject, payload: encodeJson({ conversation: 'router1-1' }) });
  world.bus.publish({ subject, payload: new Uint8Array([0xff]) });
  await world.rest();
  await world.schedule('r1', {});
  expect(await world.awards()).toMatchObject([{ agent: 'b' }]);
});
