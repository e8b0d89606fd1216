import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { defaultCacheDir } from '@parley/servers';

/** Root of the checkout that this CLI belongs to. */
export const PROJECT_ROOT = resolve(import.meta.dirname, '../../../..');

/** Where a stack keeps what outlives its processes. */
export interface Layout {
  readonly data: string;
  readonly nats: string;
  readonly redis: string;
  readonly logs: string;
  readonly leaseKeyFile: string;
  readonly stateFile: string;
  /** Node's cache of compiled modules, shared by all stacks of this user. */
  readonly compileCache: string;
}

export function layoutOf(data: string): Layout {
  return {
    data,
    nats: join(data, 'nats'),
    redis: join(data, 'redis'),
    logs: join(data, 'logs'),
    leaseKeyFile: join(data, 'lease.key'),
    stateFile: join(data, 'dev.json'),
    compileCache: join(defaultCacheDir(), 'compile-cache'),
  };
}

/** Creates the folders, and the key that router and conductor share, on first use; the key never changes while the data is kept. */
export async function prepareLayout({ nats, redis, logs, leaseKeyFile, data }: Layout): Promise<void> {
  await mkdir(data, { recursive: true, mode: 0o700 });
  await Promise.all([nats, redis, logs].map((folder) => mkdir(folder, { recursive: true })));
  await writeFile(leaseKeyFile, randomBytes(32).toString('base64url'), { mode: 0o600, flag: 'wx' }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    },
  );
}
