import { describe, expect, test } from 'vitest';
import type { StoredMessage } from '../port.ts';
import { award, awards, codeOf, newNs, runEvent, signals, text, until, useWorld } from './world.ts';
import type { BusWorld } from './world.ts';

async function all(messages: AsyncIterable<StoredMessage>): Promise<StoredMessage[]> {
  const found: StoredMessage[] = [];
  for await (const message of messages) found.push(message);
  return found;
}

export function readContract(open: () => Promise<BusWorld>): void {
  describe('reading', () => {
    const at = useWorld(open);

    test('a log of thousands of messages is read in order, whole or from a sequence on', async () => {
      const ns = newNs();
      const results = await at.bus.store(Array.from({ length: 2_500 }, (_, i) => runEvent(ns, 'r', `e${i}`)));
      await at.bus.store([runEvent(ns, 'other', 'x')]);
      const { subject } = runEvent(ns, 'r', '');
      const whole = await all(at.bus.read('RUNS', subject));
      expect(whole.map(text)).toEqual(results.map((_, i) => `e${i}`));
      const from = whole[2_000]?.sequence;
      expect((await all(at.bus.read('RUNS', subject, from))).map(text)).toEqual(whole.slice(2_000).map(text));
    });

    test('large messages are read whole', async () => {
      const ns = newNs();
      const payloads = Array.from({ length: 24 }, (_, i) => Buffer.alloc(512 * 1024, i + 1));
      await at.bus.store(payloads.map((payload, i) => ({ ...runEvent(ns, 'r', `e${i}`), payload })));
      const read = await all(at.bus.read('RUNS', runEvent(ns, 'r', '').subject));
      expect(read.map(({ payload }) => [payload.length, payload[0], payload.at(-1)])).toEqual(
        payloads.map((p) => [p.length, p[0], p.at(-1)]),
      );
    });

    test('reading what is not there gives nothing', async () => {
      const ns = newNs();
      expect(await all(at.bus.read('WORK', awards(ns)))).toEqual([]);
      expect(await at.bus.last('WORK', awards(ns))).toBeUndefined();
      expect(await at.bus.lastPerSubject('WORK', awards(ns), 10)).toEqual([]);
    });

    test('the newest message of a filter, and of each of its subjects', async () => {
      const ns = newNs();
      for (const [task, content] of [
        ['t1', 'a'],
        ['t2', 'b'],
        ['t3', 'c'],
        ['t1', 'd'],
      ] as const) {
        await at.bus.storeOne(award(ns, 'x', task, content));
      }
      expect(text((await at.bus.last('WORK', awards(ns))) as StoredMessage)).toBe('d');
      expect(text((await at.bus.last('WORK', award(ns, 'x', 't2').subject)) as StoredMessage)).toBe('b');
      expect((await at.bus.lastPerSubject('WORK', awards(ns), 10)).map(text)).toEqual(['d', 'c', 'b']);
      expect((await at.bus.lastPerSubject('WORK', awards(ns), 2)).map(text)).toEqual(['d', 'c']);
    });

    test('the newest of each of thousands of subjects', async () => {
      const ns = newNs();
      await at.bus.store(Array.from({ length: 1_500 }, (_, i) => award(ns, 'x', `t${i}`, `p${i}`)));
      await at.bus.storeOne(award(ns, 'x', 't3', 'newest'));
      const newest = await at.bus.lastPerSubject('WORK', awards(ns), 3);
      expect(newest.map(text)).toEqual(['newest', 'p1499', 'p1498']);
      expect(await at.bus.lastPerSubject('WORK', awards(ns), 5_000)).toHaveLength(1_500);
    });

    test('a stream tells when it was made and where it ends', async () => {
      const { sequence } = await at.bus.storeOne(award(newNs(), 'a', 't'));
      const info = await at.bus.streamInfo('WORK');
      expect(info.lastSequence).toBeGreaterThanOrEqual(sequence);
      expect(info.messages).toBeGreaterThan(0);
      expect(info.bytes).toBeGreaterThan(0);
      expect(info.createdAt).toBeLessThanOrEqual(at.bus.now());
      expect((await at.bus.streamInfo('WORK')).createdAt).toBe(info.createdAt);
    });

    test('a follower gets what is there, hears that it caught up, then everything new, once and in order', async () => {
      const ns = newNs();
      await at.bus.store(Array.from({ length: 700 }, (_, i) => award(ns, 'a', `t${i}`, `p${i}`)));
      const got: string[] = [];
      await using _running = await at.bus.follow('WORK', awards(ns), (messages) => got.push(...messages.map(text)), {
        onCaughtUp: () => got.push('caught up'),
      });
      await until(() => got.includes('caught up'));
      await at.bus.store(Array.from({ length: 700 }, (_, i) => award(ns, 'a', `u${i}`, `q${i}`)));
      await until(() => got.length === 1_401);
      expect(got).toEqual([
        ...Array.from({ length: 700 }, (_, i) => `p${i}`),
        'caught up',
        ...Array.from({ length: 700 }, (_, i) => `q${i}`),
      ]);
    });

    test('a follower of nothing has caught up', async () => {
      let caughtUp = 0;
      await using _running = await at.bus.follow('WORK', awards(newNs()), () => {}, { onCaughtUp: () => caughtUp++ });
      await until(() => caughtUp === 1);
    });

    test('a follower can start at a sequence or with the newest of each subject', async () => {
      const ns = newNs();
      const results = await at.bus.store(
        [
          ['t1', 'a'],
          ['t2', 'b'],
          ['t1', 'c'],
        ].map(([task, content]) => award(ns, 'x', task as string, content)),
      );
      const second = results[1];
      if (second === undefined || second instanceof Error) throw second ?? new Error('nothing stored');
      const later: string[] = [];
      await using _later = await at.bus.follow('WORK', awards(ns), (messages) => later.push(...messages.map(text)), {
        fromSequence: second.sequence,
      });
      const newest: string[] = [];
      await using _newest = await at.bus.follow('WORK', awards(ns), (messages) => newest.push(...messages.map(text)), {
        lastPerSubject: true,
        onCaughtUp: () => newest.push('caught up'),
      });
      await until(() => newest.includes('caught up'));
      await at.bus.store([award(ns, 'x', 't1', 'd'), award(ns, 'x', 't1', 'e')]);
      await until(() => newest.length === 5 && later.length === 4);
      expect(later).toEqual(['b', 'c', 'd', 'e']);
      expect(newest).toEqual(['b', 'c', 'caught up', 'd', 'e']);
    });

    test('a work queue cannot be followed', async () => {
      expect(await codeOf(at.bus.follow('SIGNALS', signals(newNs()), () => {}))).toBe('unavailable');
    });

    test('a stopped follower gets nothing more', async () => {
      const ns = newNs();
      const got: string[] = [];
      const running = await at.bus.follow('WORK', awards(ns), (messages) => got.push(...messages.map(text)));
      await at.bus.storeOne(award(ns, 'a', 't', 'before'));
      await until(() => got.length === 1);
      await running.stop();
      await at.bus.storeOne(award(ns, 'a', 't', 'after'));
      await at.world.pass(50);
      expect(got).toEqual(['before']);
    });
  });
}
