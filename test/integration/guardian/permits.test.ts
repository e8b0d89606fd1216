import { type RunningServer, startNats, startRedis } from '@parley/testing';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { bound, openWorld, type World } from './world.ts';

// Guardians answer for every namespace of their servers: these tests have servers of their own.
let nats: RunningServer;
let redis: RunningServer;
let world: World;

beforeAll(async () => {
  [nats, redis] = await Promise.all([startNats({ serverName: 'permits' }), startRedis({ appendfsync: 'everysec' })]);
});
afterAll(async () => {
  await Promise.all([nats?.stop(), redis?.stop()]);
});
beforeEach(async () => {
  world = await openWorld(nats.url, redis.url);
  await world.guardian();
  return () => world[Symbol.asyncDispose]();
});

const nothing = { tokens: 0, microUsd: 0 };

test('a permit reserves its bound, a settlement replaces it by what was used, and USAGE has both before the answers', async () => {
  const run = await world.run({ tokens: 100 });
  const permit = await world.granted(run, { bound: bound(40) });
  expect(await world.account(run)).toEqual({ spent: nothing, reserved: bound(40), limits: { tokens: 100 } });
  expect((await world.usage()).findLast((entry) => entry.permit === permit)).toMatchObject({
    op: 'granted',
    reserved: bound(40),
    agent: 'writer',
    model: 'sim',
  });
  expect(await world.settle(run, permit, 25)).toEqual({ charged: bound(25), closing: 'settled' });
  expect(await world.account(run)).toMatchObject({ spent: bound(25), reserved: nothing });
  expect((await world.usage()).findLast((entry) => entry.permit === permit)).toMatchObject({
    op: 'settled',
    charged: bound(25),
    inputTokens: 25,
  });
});

test('what was never sent is released and costs nothing', async () => {
  const run = await world.run();
  const permit = await world.granted(run);
  expect(await world.settle(run, permit, 7, { outcome: 'released' })).toEqual({
    charged: nothing,
    closing: 'released',
  });
  expect(await world.account(run)).toMatchObject({ spent: nothing, reserved: nothing });
});

test.each(['tokens', 'microUsd'] as const)(
  'a run cannot reserve more %s than its first decision allows',
  async (unit) => {
    const run = await world.run({ [unit]: 100 });
    const permit = await world.granted(run, { bound: bound(60) });
    const denied = await world.ask(run, { bound: bound(41) });
    expect(denied).toMatchObject({ status: 'denied', reason: 'budget_exhausted', retryAfterMs: expect.any(Number) });
    expect(denied).toMatchObject({
      message: expect.stringMatching(/^the run has 100 .*: 0 spent, 60 reserved, 41 asked$/),
    });
    await world.settle(run, permit, 60);
    await world.granted(run, { bound: bound(40) });
    const over = await world.ask(run, { bound: bound(41) });
    expect(over).toMatchObject({ reason: 'budget_exhausted' });
    expect(over).not.toHaveProperty('retryAfterMs');
  },
);

test('a run that has no log gets no permit', async () => {
  expect(await world.ask('r0')).toMatchObject({ status: 'denied', reason: 'run_unknown' });
});

test.each([bound(0), bound(-1), bound(1.5), bound(2_000_000_000_000)])(
  'a bound of %o is a mistake, not a permit',
  async (wrong) => {
    const run = await world.run();
    await expect(world.ask(run, { bound: wrong })).rejects.toMatchObject({
      code: 'answered_error',
      problem: { code: 'message_invalid' },
    });
  },
);

test('the limit of a namespace holds over all its runs', async () => {
  await world.guardian({ namespaceLimits: { [world.ns]: { tokens: 50 } } });
  await world.granted(await world.run(), { bound: bound(30) });
  const denied = await world.ask(await world.run(), { bound: bound(21) });
  expect(denied).toMatchObject({
    reason: 'budget_exhausted',
    message: 'the namespace has 50 tokens: 0 spent, 30 reserved, 21 asked',
  });
  await world.granted(await world.run(), { bound: bound(20) });
  expect(await world.account()).toEqual({ spent: nothing, reserved: bound(50), limits: { tokens: 50 } });
});

test('the same operation is granted once, however often and however parallel it is asked', async () => {
  const run = await world.run();
  const operation = crypto.randomUUID();
  const permits = await Promise.all(Array.from({ length: 30 }, () => world.granted(run, { operation })));
  expect(new Set(permits).size).toBe(1);
  expect(await world.account(run)).toMatchObject({ reserved: bound(10) });
  expect((await world.usage()).filter(({ permit }) => permit === permits[0])).toHaveLength(1);
  expect(await world.ask(run, { operation, bound: bound(11) })).toMatchObject({ status: 'denied', reason: 'busy' });
  await world.settle(run, permits[0] as string, 5);
  const again = await world.ask(run, { operation });
  expect(again).toMatchObject({ status: 'denied', reason: 'busy' });
  expect(again).not.toHaveProperty('retryAfterMs');
});

test.each([
  ['the same instance, the same attempt', { attempt: 1 }, 'granted'],
  ['another instance, the same attempt', { attempt: 1, instance: 'i2' }, 'busy'],
  ['another agent, the same attempt', { attempt: 1, agent: 'other' }, 'busy'],
  ['another instance, a higher attempt', { attempt: 2, instance: 'i2' }, 'granted'],
  ['another agent, a higher attempt', { attempt: 2, agent: 'other' }, 'granted'],
])('while a task is held in attempt 1, %s is %s', async (_, ask, expected) => {
  const run = await world.run();
  const first = await world.granted(run);
  const reply = await world.ask(run, ask);
  expect(reply.status === 'granted' ? 'granted' : reply.reason).toBe(expected);
  if (expected === 'busy') expect(reply).toMatchObject({ retryAfterMs: expect.any(Number) });
  const { lapsed } = await world.renew(run, [first]);
  expect(lapsed).toEqual(ask.attempt === 2 ? [first] : []);
  if (ask.attempt === 2) {
    expect(await world.ask(run)).toMatchObject({ status: 'denied', reason: 'superseded' });
    expect(await world.settle(run, first, 3)).toMatchObject({ closing: 'settled' });
  }
});

test('another instance takes the same attempt once the lease of the first has lapsed, and the first is then busy', async () => {
  await world.guardian({ leaseMs: 200 });
  const run = await world.run();
  const first = await world.granted(run);
  let reply = await world.ask(run, { instance: 'i2' });
  expect(reply).toMatchObject({ reason: 'busy' });
  const deadline = performance.now() + 3_000;
  while (reply.status !== 'granted' && performance.now() < deadline) reply = await world.ask(run, { instance: 'i2' });
  expect(reply.status).toBe('granted');
  expect((await world.renew(run, [first])).lapsed).toEqual([first]);
  expect(await world.ask(run)).toMatchObject({ reason: 'busy' });
});

test('only the holder can renew a permit, and only while it is open', async () => {
  const run = await world.run();
  const permit = await world.granted(run);
  expect((await world.renew(run, [permit], { instance: 'i2' })).lapsed).toEqual([permit]);
  expect((await world.renew(run, [permit], { agent: 'other' })).lapsed).toEqual([permit]);
  expect((await world.renew(await world.run(), [permit])).lapsed).toEqual([permit]);
  expect((await world.renew(run, [permit, 'p0'])).lapsed).toEqual(['p0']);
  await world.settle(run, permit, 1);
  expect((await world.renew(run, [permit])).lapsed).toEqual([permit]);
});

test('the first closing counts, whatever comes after it', async () => {
  const run = await world.run();
  const permit = await world.granted(run);
  const closings = await Promise.all([4, 4, 4].map((used) => world.settle(run, permit, used)));
  for (const closing of closings) expect(closing).toEqual({ charged: bound(4), closing: 'settled' });
  expect(await world.settle(run, permit, 9)).toEqual({ charged: bound(4), closing: 'settled' });
  expect(await world.settle(run, permit, 0, { outcome: 'released' })).toEqual({
    charged: bound(4),
    closing: 'settled',
  });
  expect(await world.account(run)).toMatchObject({ spent: bound(4), reserved: nothing });
  expect((await world.usage()).filter((entry) => entry.permit === permit)).toHaveLength(2);
});

test('a settlement of a permit that does not exist, or is not the sender’s, changes nothing', async () => {
  const run = await world.run();
  const permit = await world.granted(run);
  const unknown = { charged: nothing, closing: 'unknown' };
  expect(await world.settle(run, 'p0', 5)).toEqual(unknown);
  expect(await world.settle(run, permit, 5, { agent: 'other' })).toEqual(unknown);
  expect(await world.settle(await world.run(), permit, 5)).toEqual(unknown);
  expect(await world.account(run)).toMatchObject({ spent: nothing, reserved: bound(10) });
});

test('usage above the reservation is charged in full', async () => {
  const run = await world.run({ tokens: 15 });
  const permit = await world.granted(run);
  expect(await world.settle(run, permit, 20)).toEqual({ charged: bound(20), closing: 'settled' });
  expect(await world.account(run)).toMatchObject({ spent: bound(20), reserved: nothing });
  expect(await world.ask(run, { bound: bound(1) })).toMatchObject({ reason: 'budget_exhausted' });
});

test('a permit that is never settled is charged in full after its lease and the grace', async () => {
  await world.guardian({ leaseMs: 200, graceMs: 300 });
  const run = await world.run();
  const permit = await world.granted(run);
  await expect
    .poll(() => world.account(run), { timeout: 5_000 })
    .toMatchObject({ spent: bound(10), reserved: nothing });
  expect((await world.usage()).at(-1)).toMatchObject({ op: 'expired', permit, charged: bound(10) });
  expect(await world.settle(run, permit, 3)).toEqual({ charged: bound(10), closing: 'expired' });
});

test('200 callers on the last hundredth of a budget never get more than is left', { timeout: 120_000 }, async () => {
  const TRIALS = 300;
  let denials = 0;
  for (let trial = 0; trial < TRIALS; trial++) {
    const run = await world.run({ tokens: 10_000 });
    const big = await world.granted(run, { bound: bound(9_900), task: `${run}-all` });
    await world.settle(run, big, 9_900);
    const bounds = Array.from({ length: 200 }, (_, n) => 1 + ((n * 7 + trial) % 5));
    const replies = await Promise.all(
      bounds.map((tokens, n) =>
        world.askUntilDecided(run, { bound: bound(tokens), task: `${run}-${n}`, instance: `i${n}` }),
      ),
    );
    const granted = bounds.filter((_, n) => replies[n]?.status === 'granted').reduce((sum, each) => sum + each, 0);
    denials += replies.filter((reply) => reply.status === 'denied' && reply.reason === 'budget_exhausted').length;
    expect(granted).toBeLessThanOrEqual(100);
    expect(granted).toBeGreaterThan(95);
    expect(replies.every((reply) => reply.status === 'granted' || reply.reason === 'budget_exhausted')).toBe(true);
    expect(await world.account(run)).toMatchObject({ spent: bound(9_900), reserved: bound(granted) });
  }
  expect(denials).toBeGreaterThan(TRIALS * 100);
});
