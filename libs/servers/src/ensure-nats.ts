import { debianCodename, fetchDebianNats, NEWER_SUITES } from './debian-servers.ts';
import { ensureServer, type EnsureOptions, type Source } from './ensure-server.ts';
import { fetchNatsRelease } from './nats-release.ts';
import type { ServerBinary } from './server-binary.ts';
import { NATS } from './server-kind.ts';

/**
 * A nats-server (default at least 2.14.3) that runs here: from PATH, the cache, the official release (pinned SHA-256) or a newer Debian
 * suite. Nothing outside the cache is changed.
 *
 * @throws ServerTooOldError, ServerNotFoundError
 */
export async function ensureNatsServer(options: EnsureOptions = {}): Promise<ServerBinary> {
  return await ensureServer(NATS, natsSources, options);
}

async function natsSources(): Promise<Source[]> {
  const release: Source = {
    where: 'official release',
    progress: 'fetching the official nats-server release',
    build: fetchNatsRelease,
  };
  if ((await debianCodename()) === undefined) return [release];
  const suites = NEWER_SUITES.map((suite) => ({
    where: `Debian ${suite}`,
    progress: `fetching nats-server from Debian ${suite}`,
    build: async (folder: string) => await fetchDebianNats(suite, folder),
  }));
  return [release, ...suites];
}
