import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compareVersions, ensureNatsServer, ensureRedisServer, NATS, REDIS } from '@parley/servers';
import { startNats, startRedis } from '@parley/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';

const onDebian = existsSync('/usr/share/keyrings/debian-archive-keyring.gpg');

let cacheDir: string;
beforeEach(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'parley-cache-'));
});
afterEach(async () => {
  await rm(cacheDir, { recursive: true });
});

test.runIf(onDebian)(
  'from an empty cache a new enough nats-server is fetched once, also for two callers',
  async () => {
    const [binary, same] = await Promise.all([ensureNatsServer({ cacheDir }), ensureNatsServer({ cacheDir })]);
    expect(same).toEqual(binary);
    expect(compareVersions(binary.version, NATS.minVersion)).toBeGreaterThanOrEqual(0);
    expect(await ensureNatsServer({ cacheDir, onProgress: (line) => expect.unreachable(line) })).toEqual(binary);
    await using server = await startNats({ binary });
    expect(server.version).toBe(binary.version);
    await expectOnlyEntry(binary.command, 'nats-server');
  },
  120_000,
);

test.runIf(onDebian)(
  'from an empty cache a new enough redis-server is fetched with its libraries',
  async () => {
    const binary = await ensureRedisServer({ cacheDir });
    expect(compareVersions(binary.version, REDIS.minVersion)).toBeGreaterThanOrEqual(0);
    expect(await ensureRedisServer({ cacheDir, onProgress: (line) => expect.unreachable(line) })).toEqual(binary);
    await using server = await startRedis({ binary });
    expect(server.version).toBe(binary.version);
    await expectOnlyEntry(binary.command, 'redis-server');
  },
  120_000,
);

/** A server found on PATH leaves the cache empty; a fetched one leaves its entry and nothing of the work around it. */
async function expectOnlyEntry(command: string, label: string): Promise<void> {
  const entries = await readdir(join(cacheDir, 'servers')).catch(() => []);
  expect(entries).toHaveLength(command.startsWith(cacheDir) ? 1 : 0);
  for (const entry of entries) expect(entry).toMatch(new RegExp(`^${label}-\\d`));
}
