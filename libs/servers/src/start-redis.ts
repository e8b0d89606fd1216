import { join, resolve } from 'node:path';
import { claimDirectory, requireUnusedDirectory } from './directory-claim.ts';
import { ensureRedisServer } from './ensure-redis.ts';
import { onFreePort } from './on-free-port.ts';
import { probeRedisUrl } from './probe-redis.ts';
import { redisArgs, type RedisConfig } from './redis-args.ts';
import { launchServer, type RunningServer } from './running-server.ts';
import type { ServerBinary } from './server-binary.ts';

/** How redis-server is started; everything but the data directory has a default. */
export interface StartRedisOptions {
  /** Default: what `ensureRedisServer()` finds. */
  binary?: ServerBinary;
  /** Default: a free one. */
  port?: number;
  /** Holds the append-only file and, unless `logFile` says otherwise, the log. Created when missing. */
  dir: string;
  /** When the append-only file is synced to disk; default `everysec`. */
  appendfsync?: RedisConfig['appendfsync'];
  logFile?: string;
}

/**
 * Starts redis-server with an append-only file on 127.0.0.1 and resolves when it has loaded its data and answers PING.
 *
 * @throws PortInUseError, DirectoryInUseError, ServerStartError, and what `ensureRedisServer` throws
 */
export async function startRedisServer(options: StartRedisOptions): Promise<RunningServer> {
  const { appendfsync = 'everysec' } = options;
  const dir = resolve(options.dir);
  await requireUnusedDirectory('dir', dir);
  const binary = options.binary ?? (await ensureRedisServer());

  return await onFreePort(options.port, async (port) => {
    const url = `redis://127.0.0.1:${port}`;
    const server = await launchServer({
      label: 'redis-server',
      binary,
      args: redisArgs({ port, dir, appendfsync }),
      url,
      port,
      logFile: options.logFile ?? join(dir, 'redis-server.log'),
      probe: async (pid) => {
        const info = await probeRedisUrl(url);
        if (info.processId !== pid)
          throw new Error(`another server, process ${info.processId}, answers on port ${port}`);
        return info;
      },
    });
    await claimDirectory(dir, server);
    return server;
  });
}
