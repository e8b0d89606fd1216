import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { probeBinary, type ServerBinary } from './server-binary.ts';
import { compareVersions } from './version.ts';

const MANIFEST = 'manifest.json';
/** Stands for the entry's own folder in a manifest, so that an entry can be built elsewhere and moved into place. */
const HERE = '{here}';

/** `PARLEY_CACHE`, else `~/.cache/parley`. */
export function defaultCacheDir(env: NodeJS.ProcessEnv = process.env): string {
  return env['PARLEY_CACHE'] || join(homedir(), '.cache', 'parley');
}

/** The newest cached server of this label that is new enough and still runs. */
export async function findCached(
  cacheDir: string,
  label: string,
  minVersion: string,
): Promise<ServerBinary | undefined> {
  const root = join(cacheDir, 'servers');
  const folders = (await readdir(root).catch(() => [])).filter((name) => name.startsWith(`${label}-`));
  const entries = await Promise.all(folders.map(async (name) => await readEntry(join(root, name))));
  const usable = entries
    .filter((entry) => entry !== undefined)
    .filter((entry) => compareVersions(entry.version, minVersion) >= 0)
    .sort((a, b) => compareVersions(b.version, a.version));
  for (const entry of usable) {
    const running = await probeBinary(entry).catch(() => undefined);
    if (running !== undefined) return running;
  }
  return undefined;
}

/**
 * Lets `build` fill a private folder and moves the result into the cache in one rename, so that no reader ever sees half an
 * entry and of several builders at once the first wins.
 */
export async function addToCache(
  cacheDir: string,
  label: string,
  build: (folder: string) => Promise<ServerBinary>,
): Promise<ServerBinary> {
  const root = join(cacheDir, 'servers');
  await mkdir(root, { recursive: true });
  const staging = await mkdtemp(join(root, '.new-'));
  try {
    const built = await build(staging);
    await writeFile(join(staging, MANIFEST), packManifest(built, staging));
    const folder = join(root, `${label}-${built.version}`);
    await rename(staging, folder).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
      const existing = await readEntry(folder);
      if (existing !== undefined && (await probeBinary(existing).catch(() => undefined)) !== undefined) return;
      await rm(folder, { recursive: true, force: true });
      await rename(staging, folder);
    });
    const entry = await readEntry(folder);
    if (entry === undefined) throw new Error(`cache entry ${folder} vanished`);
    return entry;
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** The manifest's text, with the folder's own path replaced by a mark. */
export function packManifest(binary: ServerBinary, folder: string): string {
  return JSON.stringify(binary, null, 2).replaceAll(JSON.stringify(folder).slice(1, -1), HERE);
}

/** The binary that a manifest in `folder` describes. */
export function unpackManifest(text: string, folder: string): ServerBinary {
  return JSON.parse(text.replaceAll(HERE, JSON.stringify(folder).slice(1, -1))) as ServerBinary;
}

async function readEntry(folder: string): Promise<ServerBinary | undefined> {
  const text = await readFile(join(folder, MANIFEST), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : unpackManifest(text, folder);
}
