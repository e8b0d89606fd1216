import { describe, expect, test } from 'vitest';
import { Award, Control, HEADER } from '@parley/contracts';
import type { BusErrorLike, Stored } from '../port.ts';
import { award, awards, bytes, codeOf, newNs, runEvent, signal, text, useWorld } from './world.ts';
import type { BusWorld } from './world.ts';

const outcome = (result: Stored | BusErrorLike): string =>
  result instanceof Error ? result.code : result.duplicate ? 'duplicate' : 'stored';

export function storeContract(open: () => Promise<BusWorld>): void {
  describe('storing', () => {
    const at = useWorld(open);

    test('messages of one call are stored in the order given, with payload, headers and id', async () => {
      const ns = newNs();
      const messages = Array.from({ length: 50 }, (_, i) => ({
        ...award(ns, 'a', `t${i}`, `p${i}`),
        headers: { 'x-n': String(i) },
      }));
      const results = await at.bus.store(messages);
      expect(results.map(outcome)).toEqual(messages.map(() => 'stored'));
      const read: string[] = [];
      for await (const message of at.bus.read('WORK', awards(ns))) {
        read.push(text(message));
        expect(message.headers['x-n']).toBe(text(message).slice(1));
        expect(message.headers[HEADER.msgId]).toContain(ns);
        expect(Math.abs(message.at - at.bus.now())).toBeLessThan(10_000);
      }
      expect(read).toEqual(messages.map((_, i) => `p${i}`));
    });

    test('the same id is stored once and the repetition names the first sequence', async () => {
      const message = award(newNs(), 'a', 't');
      const first = await at.bus.storeOne(message);
      expect(await at.bus.storeOne({ ...message, payload: bytes('other') })).toEqual({
        sequence: first.sequence,
        duplicate: true,
      });
    });

    test('an expectation of the newest sequence admits one writer of several', async () => {
      const ns = newNs();
      const append = (content: string, lastSequence: number): Promise<(Stored | BusErrorLike)[]> =>
        at.bus.store([{ ...runEvent(ns, 'r', content), expect: { lastSequence } }]);
      const race = (await Promise.all(['a', 'b', 'c'].map((content) => append(content, 0)))).flat();
      expect(race.map(outcome).sort()).toEqual(['conflict', 'conflict', 'stored']);
      const won = race.find((result) => !(result instanceof Error)) as Stored;
      expect((await append('late', 0)).map(outcome)).toEqual(['conflict']);
      expect((await append('next', won.sequence)).map(outcome)).toEqual(['stored']);
    });

    test('an expectation on a wildcard subject makes a thing once over several subjects', async () => {
      const ns = newNs();
      const once = (agent: string, task: string) => ({
        ...award(ns, agent, task),
        expect: { lastSequence: 0, subject: Award.filter({ ns, taskId: task, attempt: '1' }) },
      });
      expect((await at.bus.store([once('a', 't1'), once('b', 't1'), once('b', 't2')])).map(outcome)).toEqual([
        'stored',
        'conflict',
        'stored',
      ]);
    });

    test('one failing message does not touch the others of the call', async () => {
      const ns = newNs();
      const big = { ...award(ns, 'a', 'big'), payload: new Uint8Array(1024 * 1024 + 1) };
      const stale = { ...award(ns, 'a', 'stale'), expect: { lastSequence: 7 } };
      const results = await at.bus.store([award(ns, 'a', 't1'), big, stale, award(ns, 'a', 't2')]);
      expect(results.map(outcome)).toEqual(['stored', 'too_large', 'conflict', 'stored']);
      expect(await codeOf(at.bus.storeOne(big))).toBe('too_large');
      expect(await codeOf(at.bus.storeOne(stale))).toBe('conflict');
    });

    test('storing nothing gives nothing', async () => {
      expect(await at.bus.store([])).toEqual([]);
    });

    test('many more messages than fit into one window are all stored, in order', async () => {
      const ns = newNs();
      const results = await at.bus.store(Array.from({ length: 10_000 }, (_, i) => signal(ns, `r${i}`)));
      const sequences = results.map((result) => (result instanceof Error ? -1 : result.sequence));
      expect(sequences).toEqual(sequences.toSorted((a, b) => a - b));
      expect(new Set(sequences).size).toBe(10_000);
      expect(sequences[0]).toBeGreaterThan(0);
    });

    test('where one message per subject is kept, the newest stays', async () => {
      const ns = newNs();
      const subject = Control.toSubject({ scope: 'run', ns, id: 'r' });
      for (const payload of ['halt', 'resume'])
        await at.bus.storeOne({ subject, payload: bytes(payload), id: `${ns}.${payload}` });
      const kept: string[] = [];
      for await (const message of at.bus.read('CONTROL', Control.filter({ ns }))) kept.push(text(message));
      expect(kept).toEqual(['resume']);
    });

    test('a message with a time to live goes by itself', async () => {
      const ns = newNs();
      const subject = Control.toSubject({ scope: 'run', ns, id: 'r' });
      await at.bus.storeOne({ subject, payload: bytes('halt'), id: ns, ttlMs: 1_000 });
      expect(await at.bus.last('CONTROL', subject)).toBeDefined();
      await at.world.pass(2_500);
      expect(await at.bus.last('CONTROL', subject)).toBeUndefined();
    });

    test('a closed bus stores nothing', async () => {
      const bus = await at.world.connect('closing');
      await bus.close();
      expect((await bus.store([award(newNs(), 'a', 't')])).map(outcome)).toEqual(['closed']);
    });
  });
}
