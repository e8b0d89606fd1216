import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DirectoryInUseError } from './errors.ts';
import { isAlive } from './lock.ts';
import { requireFreePort } from './ports.ts';

const FILE = 'server.json';

interface Claim {
  pid: number;
  port: number;
}

/**
 * Creates the data directory and refuses it while a server started on it earlier still runs, for example after its parent was killed.
 * Process ids are reused, so the claim counts only while its port is taken too.
 *
 * @throws DirectoryInUseError
 */
export async function requireUnusedDirectory(field: string, directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  const claim = await readClaim(directory);
  if (claim === undefined || !isAlive(claim.pid)) return;
  const portIsFree = await requireFreePort(claim.port).then(
    () => true,
    () => false,
  );
  if (!portIsFree) throw new DirectoryInUseError(field, directory, claim.pid);
}

async function readClaim(directory: string): Promise<Claim | undefined> {
  const text = await readFile(join(directory, FILE), 'utf8').catch(() => '');
  const match = /^\{"pid":(\d+),"port":(\d+)\}$/.exec(text);
  return match === null ? undefined : { pid: Number(match[1]), port: Number(match[2]) };
}

/** Records the process that now works on the directory. */
export async function claimDirectory(directory: string, { pid, port }: Claim): Promise<void> {
  await writeFile(join(directory, FILE), JSON.stringify({ pid, port }));
}
