import { describe, expect, test } from 'vitest';
import { HEADER, RunTimer, RunWake } from '@parley/contracts';
import type { Bus, Running, StreamOutgoing } from '../port.ts';
import { bytes, newNs, text, until, useWorld } from './world.ts';
import type { BusWorld } from './world.ts';

const timer = (ns: string, dueMs: number, content = 'wake'): StreamOutgoing => ({
  subject: RunTimer.toSubject({ ns, partition: '00', runId: 'r', dueMs: String(dueMs) }),
  payload: bytes(content),
  id: `${ns}.${dueMs}.${content}`,
  headers: { traceparent: '00-1-2-01' },
});

const target = (ns: string): string => RunWake.toSubject({ ns, partition: '00', runId: 'r' });

async function wakes(bus: Bus, ns: string, woken: string[]): Promise<Running> {
  const consumer = { stream: 'TIMERS', durable: ns } as const;
  await bus.ensureConsumer({ ...consumer, filter: target(ns), ackWaitMs: 5_000, maxDeliver: -1, maxAckPending: 10 });
  return await bus.consume({ ...consumer, slots: 4 }, (deliveries) => {
    woken.push(...deliveries.map(text));
    for (const delivery of deliveries) delivery.ack();
  });
}

export function scheduleContract(open: () => Promise<BusWorld>): void {
  describe('a schedule', () => {
    const at = useWorld(open);

    test('is published to its target when it is due, not before, and is then gone', async () => {
      const ns = newNs();
      const due = at.bus.now() + 2_000;
      const woken: string[] = [];
      await using _wakes = await wakes(at.bus, ns, woken);
      await at.bus.schedule(timer(ns, due), target(ns), due);
      await at.world.pass(900);
      expect(woken).toEqual([]);
      await at.world.pass(1_600);
      await until(() => woken.length === 1);
      expect(woken).toEqual(['wake']);
      expect(await at.bus.cancelSchedule('TIMERS', timer(ns, due).subject)).toBe(false);
    });

    test('replaces the one before under the same subject', async () => {
      const ns = newNs();
      const woken: string[] = [];
      await using _wakes = await wakes(at.bus, ns, woken);
      await at.bus.schedule(timer(ns, 1, 'first'), target(ns), at.bus.now() + 1_000);
      await at.bus.schedule(timer(ns, 1, 'second'), target(ns), at.bus.now() + 1_000);
      await at.world.pass(2_500);
      await until(() => woken.length > 0);
      expect(woken).toEqual(['second']);
    });

    test('that was cancelled never fires', async () => {
      const ns = newNs();
      const due = at.bus.now() + 1_000;
      await at.bus.schedule(timer(ns, due), target(ns), due);
      expect(await at.bus.cancelSchedule('TIMERS', timer(ns, due).subject)).toBe(true);
      expect(await at.bus.cancelSchedule('TIMERS', timer(ns, due).subject)).toBe(false);
      await at.world.pass(2_000);
      expect(await at.bus.last('TIMERS', target(ns))).toBeUndefined();
    });

    test('by cron is published again and again, each time with the time that comes next, until it is cancelled', async () => {
      const ns = newNs();
      const fired: { text: string; next: string; traceparent: string }[] = [];
      const consumer = { stream: 'TIMERS', durable: ns } as const;
      await at.bus.ensureConsumer({
        ...consumer,
        filter: target(ns),
        ackWaitMs: 5_000,
        maxDeliver: -1,
        maxAckPending: 10,
      });
      await using _consuming = await at.bus.consume({ ...consumer, slots: 4 }, (deliveries) => {
        for (const delivery of deliveries) {
          const { [HEADER.scheduleNext]: next = '', traceparent = '' } = delivery.headers;
          fired.push({ text: text(delivery), next, traceparent });
          delivery.ack();
        }
      });
      await at.bus.schedule(timer(ns, 1), target(ns), { cron: '*/2 * * * * *', timeZone: 'Europe/Berlin' });
      await at.world.pass(4_500);
      await until(() => fired.length >= 2);
      const times = fired.map(({ next }) => Date.parse(next));
      expect((times[1] ?? 0) - (times[0] ?? 0)).toBe(2_000);
      expect(fired[0]).toMatchObject({ text: 'wake', traceparent: '00-1-2-01' });
      expect(text((await at.bus.last('TIMERS', timer(ns, 1).subject)) as { payload: Uint8Array })).toBe('wake');
      expect(await at.bus.cancelSchedule('TIMERS', timer(ns, 1).subject)).toBe(true);
      await at.world.pass(100);
      const count = fired.length;
      await at.world.pass(2_500);
      expect(fired.length).toBe(count);
    });

    test.each([
      { cron: '61 * * * * *' },
      { cron: '* * * * *' },
      { cron: '0 0 9 31 2 *' },
      { cron: '0 0 9 * * *', timeZone: 'Nowhere/At-All' },
    ])('by cron that is wrong is refused: %j', async (recurrence) => {
      const ns = newNs();
      await expect(at.bus.schedule(timer(ns, 1), target(ns), recurrence)).rejects.toMatchObject({
        code: 'unavailable',
      });
    });

    test('in the past fires at once', async () => {
      const ns = newNs();
      await at.bus.schedule(timer(ns, 1), target(ns), at.bus.now() - 1_000);
      await at.world.pass(1_500);
      expect(text((await at.bus.last('TIMERS', target(ns))) as { payload: Uint8Array })).toBe('wake');
    });
  });
}
