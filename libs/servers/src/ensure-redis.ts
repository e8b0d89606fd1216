import { debianCodename, fetchDebianRedis, NEWER_SUITES } from './debian-servers.ts';
import { ensureServer, type EnsureOptions, type Source } from './ensure-server.ts';
import { runCommand } from './run-command.ts';
import type { ServerBinary } from './server-binary.ts';
import { REDIS } from './server-kind.ts';

/**
 * A redis-server or valkey-server (default at least 7) that runs here: from PATH, the cache, this machine's Debian suite or a newer one
 * (unpacked into the cache), and only as the last resort, as root, `apt-get install`.
 *
 * @throws ServerTooOldError, ServerNotFoundError
 */
export async function ensureRedisServer(options: EnsureOptions = {}): Promise<ServerBinary> {
  return await ensureServer(REDIS, redisSources, options);
}

async function redisSources(): Promise<Source[]> {
  const codename = await debianCodename();
  if (codename === undefined) return [];
  const sources: Source[] = [codename, ...NEWER_SUITES.filter((suite) => suite !== codename)].map((suite) => ({
    where: `Debian ${suite}`,
    progress: `fetching redis-server from Debian ${suite}`,
    build: async (folder) => await fetchDebianRedis(suite, suite === codename ? 'system' : 'own-loader', folder),
  }));
  if (process.getuid?.() === 0) {
    sources.push({ where: 'apt-get install', progress: 'installing redis-server with apt-get', install: aptInstall });
  }
  return sources;
}

async function aptInstall(): Promise<void> {
  // RUNLEVEL=1 keeps the package from starting its own service.
  const options = { env: { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }, timeoutMs: 180_000 };
  await runCommand('apt-get', ['update', '-q'], options);
  await runCommand('apt-get', ['install', '-q', '-y', '--no-install-recommends', 'redis-server'], options);
}
