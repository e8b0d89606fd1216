import { describe, expect, test } from 'vitest';
import type { StreamName } from '@parley/contracts';
import type { ConsumerSpec, Delivery } from '../port.ts';
import { award, awards, codeOf, newNs, signal, signals, text, until, useWorld } from './world.ts';
import type { BusWorld } from './world.ts';

const spec = (ns: string, more: Partial<ConsumerSpec> = {}): ConsumerSpec => ({
  stream: 'WORK',
  durable: ns,
  filter: awards(ns),
  ackWaitMs: 400,
  maxDeliver: -1,
  maxAckPending: 1_000,
  ...more,
});

const work = (ns: string, slots = 8): { stream: StreamName; durable: string; slots: number } => ({
  stream: 'WORK',
  durable: ns,
  slots,
});

const tasks = (ns: string, count: number) => Array.from({ length: count }, (_, i) => award(ns, 'a', `t${i}`, `p${i}`));

export function consumeContract(open: () => Promise<BusWorld>): void {
  describe('consuming', () => {
    const at = useWorld(open);

    test('everything is delivered in order, once acked never again, and never more than the slots are in hand', async () => {
      const ns = newNs();
      await at.bus.ensureConsumer(spec(ns));
      const got: string[] = [];
      let inHand = 0;
      let most = 0;
      await using _running = await at.bus.consume(work(ns, 4), async (deliveries) => {
        inHand += deliveries.length;
        most = Math.max(most, inHand);
        got.push(...deliveries.map(text));
        await Promise.resolve();
        for (const delivery of deliveries) {
          inHand--;
          delivery.ack();
        }
      });
      await at.bus.store(tasks(ns, 100));
      await until(() => got.length === 100);
      await at.world.pass(600);
      expect(got).toEqual(tasks(ns, 100).map((_, i) => `p${i}`));
      expect(most).toBeLessThanOrEqual(4);
    });

    test('a deleted consumer is gone, and whoever consumes from it is told', async () => {
      const ns = newNs();
      await at.bus.ensureConsumer(spec(ns));
      const running = await at.bus.consume(work(ns), () => {});
      const told = running.closed.then(
        () => 'stopped',
        ({ code }: { code: string }) => code,
      );
      await expect(at.bus.deleteConsumer('WORK', spec(ns).durable)).resolves.toBe(true);
      await expect(told).resolves.toBe('unavailable');
      await expect(at.bus.deleteConsumer('WORK', spec(ns).durable)).resolves.toBe(false);
      await expect(at.bus.consume(work(ns), () => {})).rejects.toMatchObject({ code: 'unavailable' });
    });

    test('a delivery tells its stream, sequence, headers and how often it was delivered', async () => {
      const ns = newNs();
      await at.bus.ensureConsumer(spec(ns));
      const stored = await at.bus.storeOne({ ...award(ns, 'a', 't'), headers: { traceparent: '00-1-2-01' } });
      const got: Delivery[] = [];
      await using _running = await at.bus.consume(work(ns), (deliveries) => void got.push(...deliveries));
      await until(() => got.length === 1);
      expect(got[0]).toMatchObject({
        stream: 'WORK',
        sequence: stored.sequence,
        deliveries: 1,
        subject: award(ns, 'a', 't').subject,
      });
      expect(got[0]?.headers['traceparent']).toBe('00-1-2-01');
      expect(Math.abs((got[0]?.at ?? 0) - at.bus.now())).toBeLessThan(10_000);
      got[0]?.ack();
    });

    test('what waits is delivered together', async () => {
      const ns = newNs();
      await at.bus.ensureConsumer(spec(ns));
      await at.bus.store(tasks(ns, 64));
      const calls: number[] = [];
      await using _running = await at.bus.consume(work(ns, 64), (deliveries) => {
        calls.push(deliveries.length);
        for (const delivery of deliveries) delivery.ack();
      });
      await until(() => calls.reduce((sum, n) => sum + n, 0) === 64);
      expect(calls.length).toBeLessThan(32);
    });

    test('a nak delivers again after its delay', async () => {
      const ns = newNs();
      await at.bus.ensureConsumer(spec(ns, { ackWaitMs: 60_000 }));
      const got: number[] = [];
      await using _running = await at.bus.consume(work(ns), (deliveries) => {
        for (const delivery of deliveries) {
          got.push(delivery.deliveries);
          if (delivery.deliveries === 1) delivery.nak(300);
          else delivery.ack();
        }
      });
      await at.bus.storeOne(award(ns, 'a', 't'));
      await until(() => got.length === 1);
      await at.world.pass(150);
      expect(got).toEqual([1]);
      await at.world.pass(400);
      await until(() => got.length === 2);
      expect(got).toEqual([1, 2]);
    });

    test('a terminated delivery never comes again', async () => {
      const ns = newNs();
      await at.bus.ensureConsumer(spec(ns));
      let got = 0;
      await using _running = await at.bus.consume(work(ns), (deliveries) => {
        for (const delivery of deliveries) {
          got++;
          delivery.term('poison\r\nmessage');
        }
      });
      await at.bus.storeOne(award(ns, 'a', 't'));
      await until(() => got === 1);
      await at.world.pass(1_000);
      expect(got).toBe(1);
    });

    test('only the first settlement counts', async () => {
      const ns = newNs();
      await at.bus.ensureConsumer(spec(ns));
      let got = 0;
      await using _running = await at.bus.consume(work(ns), (deliveries) => {
        for (const delivery of deliveries) {
          got++;
          delivery.ack();
          delivery.nak(1);
        }
      });
      await at.bus.storeOne(award(ns, 'a', 't'));
      await until(() => got === 1);
      await at.world.pass(1_000);
      expect(got).toBe(1);
    });

    test('what is in hand is kept by heartbeats, and without them comes again after the ack wait', async () => {
      const kept = newNs();
      const lost = newNs();
      const got = { kept: 0, lost: 0 };
      await at.bus.ensureConsumer(spec(kept));
      await at.bus.ensureConsumer(spec(lost));
      const holding: Delivery[] = [];
      await using _kept = await at.bus.consume(work(kept), (deliveries) => {
        got.kept += deliveries.length;
        holding.push(...deliveries);
      });
      await using _lost = await at.bus.consume({ ...work(lost), heartbeat: false }, (deliveries) => {
        got.lost += deliveries.length;
        for (const delivery of deliveries) if (delivery.deliveries === 2) delivery.ack();
      });
      await at.bus.store([award(kept, 'a', 't'), award(lost, 'a', 't')]);
      await until(() => got.kept === 1 && got.lost > 0);
      await at.world.pass(1_500);
      expect(got).toEqual({ kept: 1, lost: 2 });
      for (const delivery of holding) delivery.ack();
    });

    test('nothing is delivered more often than the limit', async () => {
      const ns = newNs();
      await at.bus.ensureConsumer(spec(ns, { maxDeliver: 3 }));
      const got: number[] = [];
      await using _running = await at.bus.consume(work(ns), (deliveries) => {
        for (const delivery of deliveries) {
          got.push(delivery.deliveries);
          delivery.nak(10);
        }
      });
      await at.bus.storeOne(award(ns, 'a', 't'));
      await at.world.pass(1_500);
      await until(() => got.length === 3);
      expect(got).toEqual([1, 2, 3]);
    });

    test('a handler that throws gets its unsettled deliveries again', async () => {
      const ns = newNs();
      await at.bus.ensureConsumer(spec(ns, { ackWaitMs: 60_000 }));
      const got: string[] = [];
      await using _running = await at.bus.consume(work(ns), async (deliveries) => {
        for (const delivery of deliveries) {
          got.push(`${text(delivery)} ${delivery.deliveries}`);
          if (delivery.deliveries === 1 && text(delivery) === 'p1') await Promise.reject(new Error('bug'));
          delivery.ack();
        }
      });
      await at.bus.store(tasks(ns, 2));
      await until(() => got.includes('p1 1'));
      await at.world.pass(800);
      await until(() => got.includes('p1 2'));
      expect(got.filter((one) => one.startsWith('p0'))).toEqual(['p0 1']);
    });

    test('users of one consumer share its messages, and what one leaves the others get', async () => {
      const ns = newNs();
      await at.bus.ensureConsumer(spec(ns, { ackWaitMs: 60_000 }));
      await using other = await at.world.connect('second');
      const got = { a: [] as string[], b: [] as string[] };
      const a = await at.bus.consume(work(ns, 2), (deliveries) => {
        got.a.push(...deliveries.map(text));
        for (const delivery of deliveries) delivery.ack();
      });
      await using _b = await other.consume(work(ns, 2), (deliveries) => {
        got.b.push(...deliveries.map(text));
        for (const delivery of deliveries) delivery.ack();
      });
      await at.bus.store(tasks(ns, 200));
      await until(() => got.a.length + got.b.length === 200);
      expect(new Set([...got.a, ...got.b]).size).toBe(200);
      expect(Math.min(got.a.length, got.b.length)).toBeGreaterThan(0);

      const before = got.a.length;
      await a.stop();
      await a.closed;
      await at.bus.store(Array.from({ length: 20 }, (_, i) => award(ns, 'a', `u${i}`, `q${i}`)));
      await at.world.pass(100);
      await until(() => got.b.filter((one) => one.startsWith('q')).length === 20);
      expect(got.a.length).toBe(before);
    });

    test('stopping leaves what is in hand with its holder', async () => {
      const ns = newNs();
      await at.bus.ensureConsumer(spec(ns));
      const holding: Delivery[] = [];
      const running = await at.bus.consume(work(ns), (deliveries) => void holding.push(...deliveries));
      await at.bus.storeOne(award(ns, 'a', 't'));
      await until(() => holding.length === 1);
      await running.stop();
      let again = 0;
      await using _other = await at.bus.consume(work(ns), (deliveries) => {
        again += deliveries.length;
      });
      await at.world.pass(1_000);
      expect(again).toBe(0);
      holding[0]?.ack();
      await at.world.pass(600);
      expect(again).toBe(0);
    });

    test('an acked message leaves a work queue', async () => {
      const ns = newNs();
      await at.bus.ensureConsumer({ ...spec(ns), stream: 'SIGNALS', filter: signals(ns) });
      await at.bus.store([signal(ns, 'r1'), signal(ns, 'r2')]);
      let got = 0;
      await using _running = await at.bus.consume({ stream: 'SIGNALS', durable: ns, slots: 4 }, (deliveries) => {
        for (const delivery of deliveries) if (delivery.subject.endsWith('r1')) delivery.ack();
        got += deliveries.length;
      });
      await until(() => got === 2);
      await at.bus.flush();
      await at.world.pass(50);
      const left: string[] = [];
      for await (const message of at.bus.read('SIGNALS', signals(ns))) left.push(message.subject);
      expect(left).toEqual([signal(ns, 'r2').subject]);
    });

    test('a consumer is made once, keeps its filter, and must exist before it is used', async () => {
      const ns = newNs();
      expect(await codeOf(at.bus.consume(work(ns), () => {}))).toBe('unavailable');
      await Promise.all([at.bus.ensureConsumer(spec(ns)), at.bus.ensureConsumer(spec(ns))]);
      await at.bus.ensureConsumer(spec(ns, { ackWaitMs: 5_000 }));
      expect(await codeOf(at.bus.ensureConsumer(spec(ns, { filter: awards(ns, 'b') })))).toBe('topology_drift');
    });
  });
}
