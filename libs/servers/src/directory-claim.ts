import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DirectoryInUseError } from './errors.ts';
import { isAlive } from './lock.ts';

const FILE = 'server.pid';

/**
 * Creates the data directory and refuses it while a server started on it earlier still runs, for example after its parent was killed.
 *
 * @throws DirectoryInUseError
 */
export async function requireUnusedDirectory(field: string, directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  const pid = Number(await readFile(join(directory, FILE), 'utf8').catch(() => ''));
  if (pid > 0 && isAlive(pid) && (await mentions(pid, directory))) throw new DirectoryInUseError(field, directory, pid);
}

/** Records the process that now works on the directory. */
export async function claimDirectory(directory: string, pid: number): Promise<void> {
  await writeFile(join(directory, FILE), String(pid));
}

/** Whether the process names the directory on its command line; process ids are reused. Unknown counts as no. */
async function mentions(pid: number, directory: string): Promise<boolean> {
  const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return commandLine.includes(directory);
}
