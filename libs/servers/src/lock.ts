import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** Longer than any fetch may take: an older lock, or one whose process is gone, belongs to nobody. */
const STALE_MS = 5 * 60_000;

/**
 * Holds a lock folder while `work` runs, waiting for another process that holds it. It only saves double work: what it guards must
 * be correct without it, because a stale lock is taken over.
 */
export async function withLock<T>(folder: string, onWait: () => void, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(folder), { recursive: true });
  let told = false;
  while (!(await acquire(folder))) {
    if (await isStale(folder)) {
      await rm(folder, { recursive: true, force: true });
      continue;
    }
    if (!told) onWait();
    told = true;
    await delay(100);
  }
  try {
    return await work();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function acquire(folder: string): Promise<boolean> {
  try {
    await mkdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
  await writeFile(join(folder, 'pid'), String(process.pid));
  return true;
}

async function isStale(folder: string): Promise<boolean> {
  const age = await stat(folder).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => 0,
  );
  if (age > STALE_MS) return true;
  const pid = Number(await readFile(join(folder, 'pid'), 'utf8').catch(() => ''));
  return pid > 0 && !isAlive(pid);
}

/** Whether a process of this id exists, also when it belongs to another user. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
