import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ensureServer, type Source } from './ensure-server.ts';
import { ServerNotFoundError, ServerTooOldError } from './errors.ts';
import { probeBinary } from './server-binary.ts';
import type { ServerKind } from './server-kind.ts';

const KIND: ServerKind = {
  label: 'parley-test-server',
  executables: ['parley-test-server'],
  minVersion: '2.0.0',
  fix: 'install it by hand',
};

let folder: string;
let path: string | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-ensure-'));
  path = process.env['PATH'];
});
afterEach(async () => {
  process.env['PATH'] = path;
  await rm(folder, { recursive: true });
});

async function executable(where: string, version: string): Promise<string> {
  const file = join(where, 'parley-test-server');
  await writeFile(file, `#!/bin/sh\necho parley-test-server v${version}\n`);
  await chmod(file, 0o755);
  return file;
}

function source(where: string, version: string, calls: string[] = []): Source {
  return {
    where,
    progress: `fetching from ${where}`,
    build: async (into) => {
      calls.push(where);
      return await probeBinary({ command: await executable(into, version), args: [], env: {}, source: where });
    },
  };
}

const ensure = async (sources: Source[], options = {}) =>
  await ensureServer(KIND, async () => sources, { cacheDir: join(folder, 'cache'), ...options });

test('a server on PATH that is new enough is used and nothing is fetched', async () => {
  const command = await executable(folder, '2.0.1');
  process.env['PATH'] = `${folder}:${path}`;
  const calls: string[] = [];
  expect(await ensure([source('a', '3.0.0', calls)])).toMatchObject({ command, version: '2.0.1', source: command });
  expect(calls).toEqual([]);
});

test('an old server on PATH is skipped, and a source that fails or is too old gives way to the next', async () => {
  await executable(folder, '1.9.9');
  process.env['PATH'] = `${folder}:${path}`;
  const broken: Source = {
    where: 'b',
    progress: 'b',
    build: async () => await Promise.reject(new Error('no network')),
  };
  const progress: string[] = [];
  const found = await ensure([broken, source('old', '1.0.0'), source('good', '2.1.0')], {
    onProgress: (line: string) => progress.push(line),
  });
  expect(found).toMatchObject({ version: '2.1.0', source: 'good' });
  expect(progress).toContain('b: no network');
  expect(progress).toContain('old: version 1.0.0 is older than 2.0.0');
  expect(await readdir(join(folder, 'cache', 'servers'))).toEqual(['parley-test-server-2.1.0']);
});

test('what was fetched once comes from the cache, as long as it runs and is new enough', async () => {
  const calls: string[] = [];
  const first = await ensure([source('a', '2.1.0', calls)]);
  expect(await ensure([source('a', '2.1.0', calls)])).toEqual(first);
  expect(calls).toEqual(['a']);
  await ensure([source('newer', '2.2.0', calls)], { minVersion: '2.2.0' });
  expect(calls).toEqual(['a', 'newer']);
  await rm(join(folder, 'cache', 'servers', 'parley-test-server-2.2.0', 'parley-test-server'));
  expect(await ensure([], {})).toEqual(first);
});

test('of several callers at once one fetches and all get the same server', async () => {
  const calls: string[] = [];
  const found = await Promise.all([1, 2, 3].map(async () => await ensure([source('a', '2.1.0', calls)])));
  expect(calls).toEqual(['a']);
  expect(new Set(found.map(({ command }) => command)).size).toBe(1);
});

test('when nothing works the error lists every place that was tried', async () => {
  const failing = ensure([source('old', '1.0.0')]);
  await expect(failing).rejects.toBeInstanceOf(ServerNotFoundError);
  const error = (await failing.catch((reason: unknown) => reason)) as ServerNotFoundError;
  expect(error.attempts.map(({ where }) => where)).toEqual(['PATH', `cache ${join(folder, 'cache')}`, 'old']);
});

test('the one executable a caller insists on must be new enough', async () => {
  const command = await executable(folder, '1.9.9');
  const failing = ensure([source('good', '2.1.0')], { command });
  await expect(failing).rejects.toBeInstanceOf(ServerTooOldError);
  await expect(failing).rejects.toMatchObject({ field: 'command', value: command, version: '1.9.9' });
});
