import { mkdtemp, rm, cp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectRedis, ledgerKeys } from '@parley/board';
import { type Bus, connectBus } from '@parley/bus';
import { eventually, type RunningServer, startNats, startRedis } from '@parley/testing';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startTcpProxy } from '../board/tcp-proxy.ts';
import { bound, openWorld, type World } from './world.ts';

let nats: RunningServer;
let folder: string;
let redis: RunningServer;

beforeAll(async () => {
  nats = await startNats({ serverName: 'faults' });
});
afterAll(() => nats?.stop());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-guardian-'));
  redis = await startRedis({ dir: join(folder, 'redis'), appendfsync: 'always' });
  return async () => {
    await redis.stop();
    await rm(folder, { recursive: true, force: true });
  };
});

/** The Redis of this test as another process on the same port. */
async function restartRedis(dir = 'redis'): Promise<void> {
  redis = await startRedis({ dir: join(folder, dir), port: redis.port, appendfsync: 'always' });
}

async function killRedis(): Promise<void> {
  redis.kill('SIGKILL');
  await redis.exited;
}

/** The account in Redis is the fold of USAGE. */
async function expectLedgerToBeUsage(world: World): Promise<void> {
  await eventually(async () => {
    const { spent, reserved } = await world.account();
    expect({ spent, reserved }).toEqual((await world.folded()).total);
  });
}

test('without Redis a permit is refused while it is away, a renewal goes on, and all is well when Redis is back', async () => {
  await using world = await openWorld(nats.url, redis.url);
  await world.guardian();
  const run = await world.run();
  const permit = await world.granted(run);
  await killRedis();
  for (let n = 0; n < 5; n++) {
    const reply = await world.ask(run);
    expect(reply).toMatchObject({ status: 'denied', reason: 'unavailable', retryAfterMs: expect.any(Number) });
  }
  expect((await world.renew(run, [permit])).lapsed).toEqual([]);
  expect((await world.renew(run, [permit], { instance: 'i2' })).lapsed).toEqual([permit]);
  await expect(world.settle(run, permit, 5)).rejects.toMatchObject({ problem: { code: 'unavailable' } });
  await restartRedis();
  await eventually(async () =>
    expect(await world.settle(run, permit, 5)).toEqual({ charged: bound(5), closing: 'settled' }),
  );
  expect((await world.ask(run)).status).toBe('granted');
  await expectLedgerToBeUsage(world);
});

test('a Redis that does not answer is not waited for', async () => {
  await using proxy = await startTcpProxy(redis.url);
  await using world = await openWorld(nats.url, proxy.url);
  await world.guardian();
  const run = await world.run();
  await world.granted(run);
  const release = proxy.holdReplies();
  // Redis answers none of these before `release`.
  const replies = await Promise.all(Array.from({ length: 50 }, () => world.ask(run)));
  for (const reply of replies) expect(reply).toMatchObject({ reason: 'unavailable' });
  release();
  await eventually(async () => expect((await world.ask(run)).status).toBe('granted'));
});

test('a reservation whose answer was lost is made once', async () => {
  await using proxy = await startTcpProxy(redis.url);
  await using world = await openWorld(nats.url, proxy.url);
  await world.guardian();
  const run = await world.run();
  await world.granted(run);
  const TRIALS = 30;
  for (let trial = 0; trial < TRIALS; trial++) {
    const operation = crypto.randomUUID();
    const lost = proxy.loseNextReply();
    await eventually(async () => expect((await world.ask(run, { operation })).status).toBe('granted'));
    await lost;
  }
  expect(await world.account(run)).toMatchObject({ reserved: bound(10 * (TRIALS + 1)) });
  await expectLedgerToBeUsage(world);
});

test('a settlement whose answer was lost is charged once', async () => {
  await using proxy = await startTcpProxy(redis.url);
  await using world = await openWorld(nats.url, proxy.url);
  await world.guardian();
  const run = await world.run();
  for (let trial = 0; trial < 10; trial++) {
    const permit = await world.granted(run);
    const lost = proxy.loseNextReply();
    await eventually(async () => expect(await world.settle(run, permit, 3)).toMatchObject({ charged: bound(3) }));
    await lost;
  }
  expect(await world.account(run)).toMatchObject({ spent: bound(30), reserved: bound(0) });
  await expectLedgerToBeUsage(world);
});

test('a Redis that is killed under load and comes back with its file has every permit that was given', async () => {
  await using world = await openWorld(nats.url, redis.url);
  await world.guardian();
  const run = await world.run();
  await world.granted(run);
  let answered = 0;
  // Each asks until the first time that it is not granted, so that all of them are at it when Redis dies.
  const asked = Array.from({ length: 20 }, async (_, asker) => {
    const permits: string[] = [];
    for (let n = 0; ; n++) {
      const reply = await world.ask(run, { task: `${run}-${asker}-${n}` });
      if (reply.status !== 'granted') return permits;
      permits.push(reply.permit);
      answered++;
    }
  });
  await eventually(() => expect(answered).toBeGreaterThan(20));
  await killRedis();
  await restartRedis();
  const granted = (await Promise.all(asked)).flat();
  expect(granted.length).toBeGreaterThan(20);
  await eventually(async () => expect((await world.ask(run)).status).toBe('granted'));
  const { open } = await world.folded();
  for (const permit of granted) expect(open.has(permit)).toBe(true);
  await expectLedgerToBeUsage(world);
});

test('a wiped Redis is rebuilt from USAGE before a permit is given, open permits counted in full', async () => {
  await using world = await openWorld(nats.url, redis.url);
  await world.guardian();
  const run = await world.run({ tokens: 100 });
  await world.settle(run, await world.granted(run, { bound: bound(60) }), 50);
  const open = await world.granted(run, { bound: bound(30) });
  const before = await world.account(run);
  await killRedis();
  await restartRedis('empty');
  await eventually(async () =>
    expect(await world.ask(run, { bound: bound(21), attempt: 2 })).toMatchObject({ reason: 'budget_exhausted' }),
  );
  expect(await world.account(run)).toEqual(before);
  expect((await world.renew(run, [open])).lapsed).toEqual([]);
  expect(await world.settle(run, open, 10)).toEqual({ charged: bound(10), closing: 'settled' });
  expect(await world.ask(run, { bound: bound(40), attempt: 2, instance: 'i2' })).toMatchObject({ status: 'granted' });
  await expectLedgerToBeUsage(world);
});

test('a Redis that came back with an older file is noticed and rebuilt', async () => {
  await using world = await openWorld(nats.url, redis.url);
  await world.guardian();
  const run = await world.run({ tokens: 100 });
  await world.settle(run, await world.granted(run), 10);
  await killRedis();
  await cp(join(folder, 'redis', 'appendonlydir'), join(folder, 'old', 'appendonlydir'), { recursive: true });
  await restartRedis();
  await eventually(() => world.granted(run, { bound: bound(80) }));
  await killRedis();
  await restartRedis('old');
  await eventually(async () =>
    expect(await world.ask(run, { bound: bound(11) })).toMatchObject({ reason: 'budget_exhausted' }),
  );
  expect(await world.account(run)).toMatchObject({ spent: bound(10), reserved: bound(80) });
  await expectLedgerToBeUsage(world);
});

test('a Redis wiped under a living connection gives nothing until it is rebuilt', async () => {
  await using world = await openWorld(nats.url, redis.url);
  await world.guardian();
  const run = await world.run({ tokens: 20 });
  await world.granted(run);
  await world.redis.run((client) => client.flushall());
  expect(await world.ask(run, { bound: bound(11), attempt: 2 })).toMatchObject({ reason: 'budget_exhausted' });
  expect(await world.account(run)).toMatchObject({ reserved: bound(10) });
});

test('what a guardian left in the outbox when it died is on USAGE before the next one answers', async () => {
  await using world = await openWorld(nats.url, redis.url);
  await using dyingBus = await connectBus({ url: nats.url, name: 'dying', topology: 'none' });
  const never = new Proxy(dyingBus, {
    get(target, name) {
      if (name === 'store') return () => new Promise(() => {});
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  }) as Bus;
  const dying = await world.guardian({}, { bus: never });
  const run = await world.run();
  const operation = crypto.randomUUID();
  expect(await world.ask(run, { operation })).toMatchObject({ reason: 'unavailable' });
  expect(await world.usage()).toEqual([]);
  expect(await world.redis.run((client) => client.xlen(ledgerKeys(world.ns).outbox))).toBe(1);
  await dying[Symbol.asyncDispose]();

  await world.guardian();
  const permit = await world.granted(run, { operation });
  expect((await world.usage()).map((entry) => [entry.op, entry.permit])).toEqual([['granted', permit]]);
  await eventually(async () =>
    expect(await world.redis.run((client) => client.xlen(ledgerKeys(world.ns).outbox))).toBe(0),
  );
  await expectLedgerToBeUsage(world);
});

test('two guardians share one ledger: a permit of one is renewed and settled by the other', async () => {
  await using world = await openWorld(nats.url, redis.url);
  await using other = connectRedis(redis.url, { role: 'command' });
  await other.waitUntilReady(5_000);
  await world.guardian();
  await world.guardian({}, { redis: other, beside: true });
  const run = await world.run({ tokens: 1_000 });
  const replies = await Promise.all(
    Array.from({ length: 200 }, (_, n) => world.askUntilDecided(run, { task: `${run}-${n}` })),
  );
  const permits = replies.flatMap((reply) => (reply.status === 'granted' ? [reply.permit] : []));
  expect(permits).toHaveLength(100);
  for (let n = 0; n < 10; n++) expect((await world.renew(run, permits)).lapsed).toEqual([]);
  const closings = await Promise.all(permits.map((permit) => world.settle(run, permit, 4)));
  expect(closings.every(({ closing }) => closing === 'settled')).toBe(true);
  expect(await world.account(run)).toMatchObject({ spent: bound(400), reserved: bound(0) });
  const versions = (await world.usage()).map(({ ledgerVersion }) => ledgerVersion);
  expect(new Set(versions).size).toBe(versions.length);
  await expectLedgerToBeUsage(world);
});

test('a guardian goes on after NATS was killed and came back', async () => {
  const dir = join(folder, 'nats');
  const first = await startNats({ storeDir: dir });
  await using world = await openWorld(first.url, redis.url);
  await world.guardian();
  const run = await world.run();
  const permit = await world.granted(run);
  first.kill('SIGKILL');
  await first.exited;
  await using _again = await startNats({ storeDir: dir, port: first.port });
  await eventually(async () => expect((await world.ask(run)).status).toBe('granted'));
  expect(await world.settle(run, permit, 3)).toMatchObject({ closing: 'settled' });
  await world.control('halt', 'run', run);
  await eventually(async () => expect(await world.ask(run)).toMatchObject({ reason: 'halted' }));
});
