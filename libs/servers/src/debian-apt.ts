import { access, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from './run-command.ts';

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const DEFAULT_MIRROR = 'http://deb.debian.org/debian';
const FETCH_MS = 180_000;

/** An apt that reads one suite and keeps sources, lists, cache and status in its own folder. */
export interface PrivateApt {
  suite: string;
  /** Package names that `names` depend on directly (alternatives: the first), in apt's order. */
  depends(names: string[]): Promise<string[]>;
  /** Downloads the candidates of these packages and unpacks them into `root`. */
  unpack(names: string[], root: string): Promise<void>;
}

/**
 * Sets up apt for `suite` in `folder` and reads the suite's index, verified with the Debian archive keyring. The system's own apt
 * and dpkg state is neither read nor written, except for its proxy and retry settings and its mirror.
 */
export async function openPrivateApt(suite: string, folder: string): Promise<PrivateApt> {
  await access(KEYRING).catch(() => {
    throw new Error(`${KEYRING} is missing, so Debian packages cannot be verified`);
  });
  const architecture = (await runCommand('dpkg', ['--print-architecture'])).trim();
  for (const part of ['etc/empty', 'state/lists/partial', 'cache/archives/partial', 'debs']) {
    await mkdir(join(folder, part), { recursive: true });
  }
  const source = `deb [arch=${architecture} signed-by=${KEYRING}] ${await systemMirror()} ${suite} main\n`;
  await writeFile(join(folder, 'etc/sources.list'), source);
  await writeFile(join(folder, 'state/status'), '');
  await writeFile(join(folder, 'apt.conf'), aptConfiguration(folder, await runCommand('apt-config', ['dump'])));
  const options = { env: { APT_CONFIG: join(folder, 'apt.conf') }, timeoutMs: FETCH_MS };
  await runCommand('apt-get', ['update', '-q'], options);

  return {
    suite,
    async depends(names) {
      const flags = ['recommends', 'suggests', 'conflicts', 'breaks', 'replaces', 'enhances'].map((no) => `--no-${no}`);
      return parseDepends(await runCommand('apt-cache', ['depends', ...flags, ...names], options));
    },
    async unpack(names, root) {
      const debs = join(folder, 'debs');
      await runCommand('apt-get', ['download', '-q', ...names], { ...options, cwd: debs });
      await mkdir(root, { recursive: true });
      for (const name of names) {
        const file = (await readdir(debs)).find((entry) => entry.startsWith(`${name}_`));
        if (file === undefined) throw new Error(`apt-get downloaded no ${name}`);
        await runCommand('dpkg-deb', ['-x', join(debs, file), root], { timeoutMs: 60_000 });
      }
    },
  };
}

/** The private configuration: own folders, no hooks, and of the system's settings only how to reach the network. */
export function aptConfiguration(folder: string, systemDump: string): string {
  const kept = systemDump.split('\n').filter((line) => /^Acquire::(https?|Check-|ForceIPv)/.test(line));
  return [
    ...kept,
    `Dir::Etc "${folder}/etc";`,
    `Dir::Etc::sourcelist "${folder}/etc/sources.list";`,
    ...['sourceparts', 'parts', 'preferencesparts', 'trustedparts'].map(
      (part) => `Dir::Etc::${part} "${folder}/etc/empty";`,
    ),
    `Dir::Etc::main "${folder}/etc/none";`,
    `Dir::State "${folder}/state";`,
    `Dir::State::status "${folder}/state/status";`,
    `Dir::Cache "${folder}/cache";`,
    'Acquire::Languages "none";',
    'Acquire::Retries "1";',
    'Acquire::http::Timeout "10";',
    'APT::Sandbox::User "root";',
    'APT::Update::Error-Mode "any";',
    '',
  ].join('\n');
}

/** The names after `Depends:` in what `apt-cache depends` prints; of alternatives (`|Depends:`) the first. */
export function parseDepends(text: string): string[] {
  const names: string[] = [];
  let alternativeOpen = false;
  for (const line of text.split('\n')) {
    const match = /^\s+(\|?)(?:Pre)?Depends: (\S+)/.exec(line);
    if (match?.[2] === undefined) continue;
    if (!alternativeOpen && !match[2].startsWith('<')) names.push(match[2]);
    alternativeOpen = match[1] === '|';
  }
  return [...new Set(names)];
}

async function systemMirror(): Promise<string> {
  const folder = '/etc/apt/sources.list.d';
  const names = (await readdir(folder).catch(() => [])).filter((name) => /\.(list|sources)$/.test(name)).sort();
  const files = ['/etc/apt/sources.list', ...names.map((name) => join(folder, name))];
  const texts = await Promise.all(files.map(async (file) => await readFile(file, 'utf8').catch(() => '')));
  return findMirror(texts.join('\n')) ?? DEFAULT_MIRROR;
}

/** The first Debian archive address (one that ends in `/debian`) named in apt source files. */
export function findMirror(sources: string): string | undefined {
  return sources
    .split('\n')
    .filter((line) => /^\s*(deb|URIs:)\s/.test(line))
    .map((line) => /https?:\/\/\S+\/debian\/?(?=\s|$)/.exec(line)?.[0].replace(/\/$/, ''))
    .find((mirror) => mirror !== undefined);
}
