import { connectBus } from '@parley/bus';
import { eventually, type RunningServer, startNats, startRedis } from '@parley/testing';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startTcpProxy } from '../board/tcp-proxy.ts';
import { openWorld, type World } from './world.ts';

let nats: RunningServer;
let redis: RunningServer;
let world: World;

beforeAll(async () => {
  [nats, redis] = await Promise.all([startNats({ serverName: 'control' }), startRedis({ appendfsync: 'everysec' })]);
});
afterAll(async () => {
  await Promise.all([nats?.stop(), redis?.stop()]);
});
beforeEach(async () => {
  world = await openWorld(nats.url, redis.url);
  await world.guardian();
  return () => world[Symbol.asyncDispose]();
});

const reasonOf = async (run: string, ask?: Parameters<World['ask']>[1]): Promise<string> => {
  const reply = await world.ask(run, ask);
  return reply.status === 'granted' ? 'granted' : reply.reason;
};
const becomes = (expected: string, run: string, ask?: Parameters<World['ask']>[1]): Promise<unknown> =>
  eventually(async () => expect(await reasonOf(run, ask)).toBe(expected));

test('a halted run gets no permit, loses the ones it has, and its old work stays fenced after a resume', async () => {
  const run = await world.run();
  const other = await world.run();
  const permit = await world.granted(run);
  expect((await world.renew(run, [permit])).lapsed).toEqual([]);
  const halt = await world.control('halt', 'run', run);
  await becomes('halted', run);
  expect((await world.renew(run, [permit])).lapsed).toEqual([permit]);
  expect(await reasonOf(other)).toBe('granted');
  const resume = await world.control('resume', 'run', run);
  await becomes('fenced', run, { epoch: halt - 1 });
  expect((await world.renew(run, [permit])).lapsed).toEqual([permit]);
  expect(await reasonOf(run, { epoch: resume, attempt: 2 })).toBe('granted');
  expect(await world.settle(run, permit, 4)).toMatchObject({ closing: 'settled' });
});

test('a paused run gets no permit and keeps the ones it has', async () => {
  const run = await world.run();
  const permit = await world.granted(run);
  await world.control('pause', 'run', run);
  await becomes('paused', run);
  expect((await world.renew(run, [permit])).lapsed).toEqual([]);
  await world.control('resume', 'run', run);
  await becomes('granted', run);
});

test.each(['agent', 'workflow', 'namespace'] as const)('a halt of the %s stops its runs', async (scope) => {
  const run = await world.run();
  const ids = { agent: 'writer', workflow: 'research', namespace: world.ns };
  await world.control('halt', scope, ids[scope]);
  await becomes('halted', run);
  if (scope === 'agent') expect(await reasonOf(run, { agent: 'other' })).toBe('granted');
});

test('a guardian that starts after a halt knows it before it answers', async () => {
  const run = await world.run();
  await world.control('halt', 'run', run);
  await world.guardian();
  expect(await reasonOf(run)).toBe('halted');
});

test('a guardian that was cut off from NATS gives nothing before it knows the halt given meanwhile', async () => {
  await using proxy = await startTcpProxy(nats.url);
  await using bus = await connectBus({ url: proxy.url, name: 'cut-off', topology: 'none' });
  await world.guardian({}, { bus });
  for (let trial = 0; trial < 5; trial++) {
    const run = await world.run();
    expect(await reasonOf(run)).toBe('granted');
    const heal = proxy.cut();
    await world.control('halt', 'run', run);
    await expect(world.ask(run)).rejects.toMatchObject({ name: 'BusError' });
    heal();
    let reason = 'silent';
    await eventually(async () => {
      reason = await reasonOf(run).catch(() => 'silent');
      expect(reason).not.toBe('silent');
      expect(reason).not.toBe('unavailable');
    });
    expect(reason).toBe('halted');
  }
});
