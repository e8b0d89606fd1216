import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findRunningStack, openStateFile, type StackState } from './state-file.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-state-'));
});
afterEach(() => rm(folder, { recursive: true }));

const state: StackState = {
  version: 1,
  pid: process.pid,
  startedAt: '',
  data: '',
  docs: '',
  namespace: 'acme',
  natsUrl: 'nats://127.0.0.1:1',
  redisUrl: '',
  modelUrl: null,
  processes: [],
};

test('a stack is found from any folder below the one it was started in', async () => {
  await mkdir(join(folder, '.parley'));
  await mkdir(join(folder, 'a', 'b'), { recursive: true });
  await writeFile(join(folder, '.parley', 'dev.json'), JSON.stringify(state));
  expect(findRunningStack({ from: join(folder, 'a', 'b') })).toEqual(state);
  expect(findRunningStack({ from: join(folder, 'a', 'b'), data: join(folder, 'a') })).toBeUndefined();
});

test('a file that a killed stack left behind is no running stack', async () => {
  const never = 2 ** 22 + 1;
  await writeFile(join(folder, 'dev.json'), JSON.stringify({ ...state, pid: never }));
  expect(findRunningStack({ from: folder, data: folder })).toBeUndefined();
});

test('the newest state wins, is private, and is gone once removed', async () => {
  const path = join(folder, 'dev.json');
  const file = openStateFile(path);
  for (const namespace of ['one', 'two', 'three']) file.write({ ...state, namespace });
  await file.settled();
  expect(findRunningStack({ from: folder, data: folder })?.namespace).toBe('three');
  expect((await stat(path)).mode & 0o077).toBe(0);
  file.write(state);
  await file.remove();
  expect(findRunningStack({ from: folder, data: folder })).toBeUndefined();
});
