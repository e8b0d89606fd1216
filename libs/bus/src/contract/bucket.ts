import { describe, expect, test } from 'vitest';
import { bytes, codeOf, newNs, until, useWorld } from './world.ts';
import type { BusWorld } from './world.ts';

const valueOf = (entry: { value: Uint8Array } | undefined): string | undefined =>
  entry === undefined ? undefined : new TextDecoder().decode(entry.value);

export function bucketContract(open: () => Promise<BusWorld>): void {
  describe('a bucket', () => {
    const at = useWorld(open);

    test('gives the newest value and its revision', async () => {
      const bucket = at.bus.bucket('agents');
      const key = `${newNs()}.a`;
      expect(await bucket.get(key)).toBeUndefined();
      const first = await bucket.put(key, bytes('1'));
      const second = await bucket.put(key, bytes('2'));
      expect(second).toBeGreaterThan(first);
      const entry = await bucket.get(key);
      expect(entry).toMatchObject({ key, revision: second, deleted: false });
      expect(valueOf(entry)).toBe('2');
    });

    test('updates only from the newest revision', async () => {
      const bucket = at.bus.bucket('agents');
      const key = `${newNs()}.a`;
      const first = await bucket.update(key, bytes('1'), 0);
      expect(await codeOf(bucket.update(key, bytes('x'), 0))).toBe('conflict');
      const second = await bucket.update(key, bytes('2'), first);
      expect(await codeOf(bucket.update(key, bytes('x'), first))).toBe('conflict');
      expect(valueOf(await bucket.get(key))).toBe('2');
      expect((await bucket.get(key))?.revision).toBe(second);
    });

    test('a deleted key is gone and can be made anew', async () => {
      const bucket = at.bus.bucket('agents');
      const key = `${newNs()}.a`;
      await bucket.put(key, bytes('1'));
      await bucket.delete(key);
      expect(await bucket.get(key)).toBeUndefined();
      await bucket.update(key, bytes('2'), 0);
      expect(valueOf(await bucket.get(key))).toBe('2');
    });

    test('a key that expired is gone, its watchers see it go, and it can be made anew', async () => {
      const bucket = at.bus.bucket('presence');
      const ns = newNs();
      const seen: string[] = [];
      await using _watch = await bucket.watch(`${ns}.>`, (entry) =>
        seen.push(`${entry.key} ${entry.deleted ? 'gone' : valueOf(entry)}`),
      );
      await bucket.put(`${ns}.a`, bytes('1'), { ttlMs: 1_000 });
      await bucket.put(`${ns}.b`, bytes('1'));
      await until(() => seen.length === 2);
      await at.world.pass(2_500);
      await until(() => seen.length === 3);
      expect(seen).toEqual([`${ns}.a 1`, `${ns}.b 1`, `${ns}.a gone`]);
      expect(await bucket.get(`${ns}.a`)).toBeUndefined();
      await bucket.update(`${ns}.a`, bytes('2'), 0, { ttlMs: 1_000 });
      expect(valueOf(await bucket.get(`${ns}.a`))).toBe('2');
    });

    test('renewing a key puts its end off', async () => {
      const bucket = at.bus.bucket('presence');
      const key = `${newNs()}.a`;
      let revision = await bucket.put(key, bytes('0'), { ttlMs: 2_000 });
      for (let i = 1; i <= 3; i++) {
        await at.world.pass(1_000);
        revision = await bucket.update(key, bytes(String(i)), revision, { ttlMs: 2_000 });
      }
      expect(valueOf(await bucket.get(key))).toBe('3');
    });

    test('only an expiring bucket takes a time to live', async () => {
      expect(await codeOf(at.bus.bucket('agents').put(`${newNs()}.a`, bytes('1'), { ttlMs: 1_000 }))).toBe(
        'topology_drift',
      );
    });

    test('a watcher gets what is there, hears that this was all, then every change', async () => {
      const bucket = at.bus.bucket('agents');
      const ns = newNs();
      await bucket.put(`${ns}.a`, bytes('1'));
      await bucket.put(`${ns}.b`, bytes('1'));
      await bucket.put(`${ns}.a`, bytes('2'));
      await bucket.put(`${ns}.gone`, bytes('1'));
      await bucket.delete(`${ns}.gone`);
      await bucket.put(`${newNs()}.other`, bytes('1'));
      const seen: string[] = [];
      await using _watch = await bucket.watch(
        `${ns}.>`,
        (entry) => seen.push(`${entry.key.slice(ns.length)} ${entry.deleted ? 'gone' : valueOf(entry)}`),
        () => seen.push('ready'),
      );
      await until(() => seen.includes('ready'));
      await bucket.put(`${ns}.c`, bytes('1'));
      await bucket.delete(`${ns}.a`);
      await until(() => seen.length === 5);
      expect(seen).toEqual(['.b 1', '.a 2', 'ready', '.c 1', '.a gone']);
    });

    test('refuses a key that is not tokens and dots', async () => {
      await expect(at.bus.bucket('agents').put('a.*', bytes('1'))).rejects.toMatchObject({ code: 'subject_invalid' });
      await expect(at.bus.bucket('agents').get('>')).rejects.toMatchObject({ code: 'subject_invalid' });
    });
  });
}
