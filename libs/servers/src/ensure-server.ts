import { join } from 'node:path';
import { firstLine, type Attempt } from './attempts.ts';
import { addToCache, defaultCacheDir, findCached } from './cache.ts';
import { ServerNotFoundError, ServerTooOldError } from './errors.ts';
import { withLock } from './lock.ts';
import { searchPath } from './search-path.ts';
import { probeBinary, type ServerBinary } from './server-binary.ts';
import type { ServerKind } from './server-kind.ts';
import { compareVersions } from './version.ts';

/** How to look for a server. */
export interface EnsureOptions {
  /** Folder of fetched servers; default `PARLEY_CACHE`, else `~/.cache/parley`. */
  cacheDir?: string;
  /** Told one line per step that takes time. */
  onProgress?: (line: string) => void;
  minVersion?: string;
  /** Insists on this executable: nothing else is tried. */
  command?: string;
}

/** One way to obtain a server: `build` fills an empty folder of the cache, `install` changes PATH. */
export interface Source {
  where: string;
  progress: string;
  build?: (folder: string) => Promise<ServerBinary>;
  install?: () => Promise<void>;
}

/**
 * Finds a server new enough on PATH or in the cache, else fetches one from the first source that works. Safe to call from several
 * processes at once.
 *
 * @throws ServerTooOldError the executable in `command` is too old
 * @throws ServerNotFoundError nothing worked; it lists every attempt
 */
export async function ensureServer(
  kind: ServerKind,
  sources: () => Promise<Source[]>,
  options: EnsureOptions,
): Promise<ServerBinary> {
  const { cacheDir = defaultCacheDir(), onProgress = () => {}, minVersion = kind.minVersion, command } = options;
  if (command !== undefined) return await insist(kind, command, minVersion);

  const attempts: Attempt[] = [];
  const onPath = await findOnPath(kind, minVersion, attempts);
  if (onPath !== undefined) return onPath;
  const cached = await findCached(cacheDir, kind.label, minVersion);
  if (cached !== undefined) return cached;

  const lock = join(cacheDir, 'servers', `${kind.label}.lock`);
  const onWait = () => onProgress(`waiting for another process that fetches ${kind.label}`);
  return await withLock(lock, onWait, async () => {
    const fetchedMeanwhile = await findCached(cacheDir, kind.label, minVersion);
    if (fetchedMeanwhile !== undefined) return fetchedMeanwhile;
    attempts.push({ where: `cache ${cacheDir}`, outcome: 'none' });
    for (const source of await sources()) {
      onProgress(source.progress);
      try {
        const found = await obtain(kind, source, cacheDir, minVersion, attempts);
        onProgress(`${kind.label} ${found.version} from ${found.source}`);
        return found;
      } catch (error) {
        attempts.push({ where: source.where, outcome: error instanceof Error ? error.message : String(error) });
        onProgress(`${source.where}: ${firstLine(attempts.at(-1)?.outcome ?? '')}`);
      }
    }
    throw new ServerNotFoundError(kind, minVersion, attempts);
  });
}

async function insist(kind: ServerKind, command: string, minVersion: string): Promise<ServerBinary> {
  const found = await probeBinary({ command, args: [], env: {}, source: command });
  if (compareVersions(found.version, minVersion) >= 0) return found;
  throw new ServerTooOldError(kind, 'command', command, found.version, minVersion);
}

async function findOnPath(
  kind: ServerKind,
  minVersion: string,
  attempts: Attempt[],
): Promise<ServerBinary | undefined> {
  const files = await searchPath(kind.executables, process.env['PATH'] ?? '');
  if (files.length === 0) attempts.push({ where: 'PATH', outcome: `no ${kind.executables.join(' or ')}` });
  for (const command of files) {
    try {
      const found = await probeBinary({ command, args: [], env: {}, source: command });
      if (compareVersions(found.version, minVersion) >= 0) return found;
      attempts.push({ where: command, outcome: `version ${found.version} is older than ${minVersion}` });
    } catch (error) {
      attempts.push({ where: command, outcome: error instanceof Error ? error.message : String(error) });
    }
  }
  return undefined;
}

async function obtain(
  kind: ServerKind,
  { build, install }: Source,
  cacheDir: string,
  minVersion: string,
  attempts: Attempt[],
): Promise<ServerBinary> {
  if (build !== undefined) {
    return await addToCache(cacheDir, kind.label, async (folder) => {
      const built = await build(folder);
      if (compareVersions(built.version, minVersion) >= 0) return built;
      throw new Error(`version ${built.version} is older than ${minVersion}`);
    });
  }
  await install?.();
  const found = await findOnPath(kind, minVersion, attempts);
  if (found === undefined) throw new Error('still none on PATH that is new enough');
  return found;
}
