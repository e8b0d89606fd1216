import { lstat, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from '@parley/service';

/** A folder of this user alone among the system's temporary files. Throws `ConfigError` when somebody else was there first: whoever owns the folder decides what is run in it. */
export async function defaultWorkspaces(temporary = tmpdir()): Promise<string> {
  const user = process.getuid?.();
  const folder = join(temporary, `parley-workspaces-${user ?? 'user'}`);
  await mkdir(folder, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  const there = await lstat(folder);
  const isOwn = there.isDirectory() && (user === undefined || there.uid === user) && (there.mode & 0o022) === 0;
  if (isOwn) return folder;
  const message = 'is not set, and the default folder is not a folder that this user alone can write to';
  throw new ConfigError([
    { variable: 'PARLEY_WORKSPACES', value: folder, message, fix: `name a folder of your own, or remove ${folder}` },
  ]);
}
