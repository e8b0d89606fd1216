import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { claimDirectory, requireUnusedDirectory } from './directory-claim.ts';
import { ensureNatsServer } from './ensure-nats.ts';
import { natsConfigText } from './nats-config.ts';
import { onFreePort } from './on-free-port.ts';
import { requireFreePort } from './ports.ts';
import { probeNatsUrl } from './probe-nats.ts';
import { launchServer, type RunningServer } from './running-server.ts';
import type { ServerBinary } from './server-binary.ts';

/** How nats-server is started; everything but the data directory has a default. */
export interface StartNatsOptions {
  /** Default: what `ensureNatsServer()` finds. */
  binary?: ServerBinary;
  /** Default: a free one. */
  port?: number;
  /** Holds the streams, the written configuration and, unless `logFile` says otherwise, the log. Created when missing. */
  storeDir: string;
  serverName?: string;
  /** Sync every write to disk before it is acked. */
  syncAlways?: boolean;
  monitorPort?: number;
  logFile?: string;
  /** Bytes. */
  maxPayload?: number;
}

/**
 * Starts nats-server with JetStream on 127.0.0.1 and resolves when it has sent its INFO line.
 *
 * @throws PortInUseError, DirectoryInUseError, ServerStartError, and what `ensureNatsServer` throws
 */
export async function startNatsServer(options: StartNatsOptions): Promise<RunningServer> {
  const { syncAlways, monitorPort, maxPayload } = options;
  const storeDir = resolve(options.storeDir);
  const serverName = options.serverName ?? `parley-${randomBytes(4).toString('hex')}`;
  if (monitorPort !== undefined) await requireFreePort(monitorPort, 'monitorPort');
  await requireUnusedDirectory('storeDir', storeDir);
  const binary = options.binary ?? (await ensureNatsServer());

  return await onFreePort(options.port, async (port) => {
    const configFile = join(storeDir, 'nats-server.conf');
    const config = {
      port,
      serverName,
      storeDir,
      ...(monitorPort === undefined ? {} : { monitorPort }),
      ...(syncAlways === undefined ? {} : { syncAlways }),
      ...(maxPayload === undefined ? {} : { maxPayload }),
    };
    await writeFile(configFile, natsConfigText(config));
    const url = `nats://127.0.0.1:${port}`;
    const server = await launchServer({
      label: 'nats-server',
      binary,
      args: ['-c', configFile],
      url,
      port,
      logFile: options.logFile ?? join(storeDir, 'nats-server.log'),
      probe: async () => {
        const info = await probeNatsUrl(url);
        if (info.serverName !== serverName)
          throw new Error(`another server, ${info.serverName}, answers on port ${port}`);
        return info;
      },
    });
    await claimDirectory(storeDir, server);
    return server;
  });
}
