import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openPrivateApt, type PrivateApt } from './debian-apt.ts';
import { probeBinary, type ServerBinary } from './server-binary.ts';

/** Suites newer than a stable Debian, oldest first. */
export const NEWER_SUITES = ['forky', 'sid'] as const;

/** nats-server of a newer suite: a static-enough Go binary that runs on the C library of Debian 12. */
export async function fetchDebianNats(suite: string, folder: string): Promise<ServerBinary> {
  return await withApt(suite, folder, async (apt) => {
    const root = join(folder, 'root');
    await apt.unpack(['nats-server'], root);
    return await probeBinary({
      command: await findExecutable(root, 'nats-server'),
      args: [],
      env: {},
      source: `Debian ${suite} package`,
    });
  });
}

/**
 * redis-server of a suite with the libraries it needs. `own-loader` also takes the suite's C library and starts the server
 * through its loader, which a suite newer than the machine's needs; `system` uses the machine's C library.
 */
export async function fetchDebianRedis(
  suite: string,
  libc: 'system' | 'own-loader',
  folder: string,
): Promise<ServerBinary> {
  return await withApt(suite, folder, async (apt) => {
    const root = join(folder, 'root');
    const libraries = await libraryClosure(apt, ['redis-tools'], libc === 'system');
    await apt.unpack(['redis-server', 'redis-tools', ...libraries], root);
    const server = await findExecutable(root, 'redis-server');
    const libraryPath = (await libraryFolders(root)).join(':');
    const source = `Debian ${suite} packages`;
    if (libc === 'system') {
      return await probeBinary({ command: server, args: [], env: { LD_LIBRARY_PATH: libraryPath }, source });
    }
    const loader = (await filesUnder(root)).find((file) => /\/ld-linux[^/]*\.so\.\d+$/.test(file));
    if (loader === undefined) throw new Error(`no loader in the libc6 of ${suite}`);
    return await probeBinary({ command: loader, args: ['--library-path', libraryPath, server], env: {}, source });
  });
}

/** Codename of this Debian (`bookworm`), from os-release; `undefined` elsewhere. */
export async function debianCodename(): Promise<string | undefined> {
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '');
  return /^ID=debian$/m.test(text) ? /^VERSION_CODENAME=(\w+)$/m.exec(text)?.[1] : undefined;
}

async function withApt<T>(suite: string, folder: string, work: (apt: PrivateApt) => Promise<T>): Promise<T> {
  const aptFolder = join(folder, 'apt');
  try {
    return await work(await openPrivateApt(suite, aptFolder));
  } finally {
    await rm(aptFolder, { recursive: true, force: true });
  }
}

async function libraryClosure(apt: PrivateApt, roots: string[], withoutLibc: boolean): Promise<string[]> {
  const closure = new Set<string>();
  let frontier = roots;
  while (frontier.length > 0) {
    const next = (await apt.depends(frontier)).filter(
      (name) => name.startsWith('lib') && !closure.has(name) && !(withoutLibc && name === 'libc6'),
    );
    for (const name of next) closure.add(name);
    frontier = next;
  }
  return [...closure];
}

async function findExecutable(root: string, name: string): Promise<string> {
  const file = (await filesUnder(root)).find((path) => new RegExp(`/s?bin/${name}$`).test(path));
  if (file === undefined) throw new Error(`the package holds no ${name}`);
  return file;
}

async function libraryFolders(root: string): Promise<string[]> {
  const files = await filesUnder(root);
  const libraries = files.filter((file) => /^lib.*\.so(\.\d+)*$/.test(file.slice(file.lastIndexOf('/') + 1)));
  return [...new Set(libraries.map((file) => file.slice(0, file.lastIndexOf('/'))))].sort();
}

async function filesUnder(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
}
