import { describe, expect, test } from 'vitest';
import { ContractError, QueryRun, QueryRuns } from '@parley/contracts';
import { BusError } from '../errors.ts';
import { bytes, codeOf, newNs, text, until, useWorld } from './world.ts';
import type { BusWorld } from './world.ts';

export function coreContract(open: () => Promise<BusWorld>): void {
  describe('core messages', () => {
    const at = useWorld(open);

    test('a subscriber gets what is published on its subject, with headers, in order', async () => {
      const subject = QueryRuns.toSubject({ ns: newNs() });
      const got: string[] = [];
      await using _sub = await at.bus.subscribe(subject, (messages) => {
        for (const message of messages)
          got.push(`${message.subject === subject} ${text(message)} ${message.headers['a-b']}`);
      });
      for (const payload of ['1', '2', '3'])
        at.bus.publish({ subject, payload: bytes(payload), headers: { 'a-b': `h: ${payload}` } });
      await until(() => got.length === 3);
      expect(got).toEqual(['true 1 h: 1', 'true 2 h: 2', 'true 3 h: 3']);
    });

    test('each message goes to one member of a queue group, and to every subscriber without one', async () => {
      const subject = QueryRuns.toSubject({ ns: newNs() });
      const got = { a: 0, b: 0, all: 0 };
      await using _a = await at.bus.subscribe(subject, (messages) => (got.a += messages.length), { queue: 'q' });
      await using _b = await at.bus.subscribe(subject, (messages) => (got.b += messages.length), { queue: 'q' });
      await using _all = await at.bus.subscribe(subject, (messages) => (got.all += messages.length));
      for (let i = 0; i < 40; i++) at.bus.publish({ subject, payload: bytes(String(i)) });
      await until(() => got.all === 40 && got.a + got.b === 40);
      expect(got.a).toBeGreaterThan(0);
      expect(got.b).toBeGreaterThan(0);
    });

    test('a stopped subscription gets nothing more', async () => {
      const subject = QueryRuns.toSubject({ ns: newNs() });
      const got: string[] = [];
      const sub = await at.bus.subscribe(subject, (messages) => got.push(...messages.map(text)));
      at.bus.publish({ subject, payload: bytes('before') });
      await until(() => got.length === 1);
      await sub.stop();
      await sub.closed;
      at.bus.publish({ subject, payload: bytes('after') });
      await at.bus.flush();
      await at.world.pass(20);
      expect(got).toEqual(['before']);
    });

    test('a request is answered by whoever serves the subject', async () => {
      const subject = QueryRun.toSubject({ ns: newNs() });
      await using other = await at.world.connect('responder');
      await using _served = await other.serve(subject, (message) => bytes(`${text(message)} ${message.headers['x']}`));
      const answer = await at.bus.request(
        { subject, payload: bytes('ping'), headers: { x: 'y' } },
        { timeoutMs: 2_000 },
      );
      expect(text(answer)).toBe('ping y');
    });

    test('a contract error of the responder arrives as its problem, any other error without its text', async () => {
      const subject = QueryRun.toSubject({ ns: newNs() });
      await using _served = await at.bus.serve(subject, (message) => {
        if (text(message) === 'typed') throw new ContractError('run_unknown', 'no such run', { field: '/run' });
        throw new Error('password is hunter2');
      });
      const ask = async (payload: string): Promise<unknown> =>
        await at.bus.request({ subject, payload: bytes(payload) }, { timeoutMs: 2_000 }).then(
          () => 'answered',
          (error: unknown) => error,
        );
      const typed = await ask('typed');
      expect(typed).toBeInstanceOf(BusError);
      expect(typed).toMatchObject({
        code: 'answered_error',
        problem: { code: 'run_unknown', message: 'no such run', field: '/run' },
      });
      const other = await ask('bug');
      expect(other).toMatchObject({ code: 'answered_error', problem: { code: 'internal' } });
      expect(JSON.stringify(other) + String(other)).not.toContain('hunter2');
    });

    test('a request fails with no_responders, timeout or aborted', async () => {
      const nobody = QueryRun.toSubject({ ns: newNs() });
      expect(await codeOf(at.bus.request({ subject: nobody, payload: bytes('') }, { timeoutMs: 2_000 }))).toBe(
        'no_responders',
      );

      const silent = QueryRun.toSubject({ ns: newNs() });
      await using _served = await at.bus.serve(silent, async () => await new Promise<Uint8Array>(() => {}));
      const timedOut = codeOf(at.bus.request({ subject: silent, payload: bytes('') }, { timeoutMs: 50 }));
      await at.world.pass(60);
      expect(await timedOut).toBe('timeout');

      const abort = new AbortController();
      const aborted = codeOf(
        at.bus.request({ subject: silent, payload: bytes('') }, { timeoutMs: 60_000, signal: abort.signal }),
      );
      abort.abort();
      expect(await aborted).toBe('aborted');
    });

    test('gather ends when there are enough answers, when the time is up, and at once when nobody listens', async () => {
      const subject = QueryRuns.toSubject({ ns: newNs() });
      const ask = { subject, payload: bytes('who') };
      expect(await at.bus.gather(ask, { timeoutMs: 60_000 })).toEqual([]);
      await using _a = await at.bus.serve(subject, () => bytes('a'));
      await using _b = await at.bus.serve(subject, () => bytes('b'));
      const enough = await at.bus.gather(ask, { timeoutMs: 60_000, enough: (answers) => answers.length === 2 });
      expect(enough.map(text).sort()).toEqual(['a', 'b']);
      const all = at.bus.gather(ask, { timeoutMs: 100, enough: (answers) => answers.length === 3 });
      await at.world.pass(110);
      expect((await all).map(text).sort()).toEqual(['a', 'b']);
    });

    test('a closed bus refuses', async () => {
      const bus = await at.world.connect('closing');
      const statuses: string[] = [];
      bus.onStatus((status) => statuses.push(status));
      await bus.close();
      await bus.closed;
      expect(bus.status).toBe('closed');
      expect(statuses).toEqual(['closed']);
      expect(() => bus.publish({ subject: QueryRuns.toSubject({ ns: newNs() }), payload: bytes('') })).toThrow(
        BusError,
      );
      expect(
        await codeOf(
          bus.request({ subject: QueryRuns.toSubject({ ns: newNs() }), payload: bytes('') }, { timeoutMs: 100 }),
        ),
      ).toBe('closed');
    });
  });
}
