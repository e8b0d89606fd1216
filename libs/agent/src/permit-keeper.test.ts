import { type Bus, createMemoryBus } from '@parley/bus';
import { type Body, encodeJson, PermitRenew, PermitSettle } from '@parley/contracts';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { silentLog } from './agent-log.ts';
import { mark, systemClocks } from './lease-clock.ts';
import { createPermitKeeper, LeaseLapsed } from './permit-keeper.ts';

const ns = 'acme';
const agent = 'writer';
const LEASE_MS = 2_000;
const grantOf = (permit: string) => ({ permit, run: 'r1', epoch: 0, leaseMs: LEASE_MS, asked: mark(systemClocks) });
const closing = { outcome: 'settled', used: { tokens: 1, microUsd: 1 }, inputTokens: 1, outputTokens: 0 } as const;

const keeperOn = (bus: Bus) =>
  createPermitKeeper({ bus, ns, agent, instance: 'i1', clocks: systemClocks, log: silentLog });

async function guardian(bus: Bus, lapsed: string[] = []) {
  const renewals: Body<typeof PermitRenew>[] = [];
  await bus.serve(PermitRenew.filter({ ns }), ({ payload }) => {
    renewals.push(PermitRenew.decode(payload));
    return encodeJson({ leaseMs: LEASE_MS, lapsed });
  });
  return renewals;
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout', 'performance', 'Date'] });
});

afterEach(() => {
  vi.useRealTimers();
});

test('all permits of an instance are kept by one renewal message, for as long as they are held', async () => {
  const bus = createMemoryBus();
  const renewals = await guardian(bus);
  const keeper = keeperOn(bus);
  const held = [keeper.hold(grantOf('p1')), keeper.hold(grantOf('p2'))];
  await vi.advanceTimersByTimeAsync(10 * LEASE_MS);
  expect(renewals.length).toBeGreaterThan(20);
  expect(renewals.every(({ permits }) => permits.length === 2)).toBe(true);
  expect(held.map(({ signal }) => signal.aborted)).toEqual([false, false]);
  expect(held[0]?.remainingMs()).toBeGreaterThan(0);
});

test('without a guardian the lease lapses and the call under it is aborted', async () => {
  const keeper = keeperOn(createMemoryBus());
  const held = keeper.hold(grantOf('p1'));
  await vi.advanceTimersByTimeAsync(LEASE_MS - 200);
  expect(held.signal.aborted).toBe(false);
  await vi.advanceTimersByTimeAsync(400);
  expect(held.signal.aborted).toBe(true);
  expect(held.signal.reason).toBeInstanceOf(LeaseLapsed);
});

test('a permit that the guardian calls lapsed is aborted at once, the others go on', async () => {
  const bus = createMemoryBus();
  await guardian(bus, ['p1']);
  const keeper = keeperOn(bus);
  const [first, second] = [keeper.hold(grantOf('p1')), keeper.hold(grantOf('p2'))];
  await vi.advanceTimersByTimeAsync(LEASE_MS / 2);
  expect([first.signal.aborted, second.signal.aborted]).toEqual([true, false]);
});

test('a settlement is sent again until it is answered, and the permit is kept until then', async () => {
  const bus = createMemoryBus();
  const renewals = await guardian(bus);
  const keeper = keeperOn(bus);
  const held = keeper.hold(grantOf('p1'));
  held.close(closing);
  await vi.advanceTimersByTimeAsync(2 * LEASE_MS);
  const before = renewals.length;
  expect(before).toBeGreaterThan(3);
  const settled: Body<typeof PermitSettle>[] = [];
  await bus.serve(PermitSettle.filter({ ns }), ({ payload }) => {
    settled.push(PermitSettle.decode(payload));
    return encodeJson({ charged: closing.used, closing: 'settled' });
  });
  await vi.advanceTimersByTimeAsync(10_000);
  expect(settled).toEqual([{ permit: 'p1', run: 'r1', ...closing }]);
  const after = renewals.length;
  await vi.advanceTimersByTimeAsync(2 * LEASE_MS);
  expect(renewals).toHaveLength(after);
});
