import { join } from 'node:path';
import {
  compareVersions,
  ensureNatsServer,
  ensureRedisServer,
  findFreePort,
  NATS,
  probeNatsUrl,
  probeRedisUrl,
  REDIS,
  requireFreePort,
  startNatsServer,
  startRedisServer,
} from '@parley/servers';
import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';
import type { Layout } from './layout.ts';
import { requireNatsUrl, requireRedisUrl } from './server-url.ts';
import type { ReadyProcess } from './supervisor.ts';

/** A server of the stack: one that somebody else runs, or how to start ours, again and again, at the same address. */
export interface ServerPlan {
  readonly name: 'nats-server' | 'redis-server';
  readonly url: string;
  readonly version: string;
  /** Where the executable came from, or where the URL was given. */
  readonly source: string;
  readonly start?: () => Promise<ReadyProcess>;
}

export interface ServerChoice {
  /** Set: use the server there and start none. */
  readonly url?: string | undefined;
  /** Where the URL was given: a flag or a variable. */
  readonly urlField: string;
  /** Set: insist on this port. */
  readonly port?: number | undefined;
  readonly portField: string;
  /** Taken when it is free and no port is insisted on. */
  readonly usualPort?: number | undefined;
}

type OnProgress = (line: string) => void;

export async function planNats(choice: ServerChoice, layout: Layout, onProgress: OnProgress): Promise<ServerPlan> {
  if (choice.url !== undefined) return await borrowedNats(requireNatsUrl(choice.urlField, choice.url), choice.urlField);
  const [binary, port] = await Promise.all([ensureNatsServer({ onProgress }), choosePort(choice)]);
  return {
    name: 'nats-server',
    url: `nats://127.0.0.1:${port}`,
    version: binary.version,
    source: binary.source,
    start: () =>
      startNatsServer({ binary, port, storeDir: layout.nats, logFile: join(layout.logs, 'nats-server.log') }),
  };
}

export async function planRedis(choice: ServerChoice, layout: Layout, onProgress: OnProgress): Promise<ServerPlan> {
  if (choice.url !== undefined)
    return await borrowedRedis(requireRedisUrl(choice.urlField, choice.url), choice.urlField);
  const [binary, port] = await Promise.all([ensureRedisServer({ onProgress }), choosePort(choice)]);
  return {
    name: 'redis-server',
    url: `redis://127.0.0.1:${port}`,
    version: binary.version,
    source: binary.source,
    start: () => startRedisServer({ binary, port, dir: layout.redis, logFile: join(layout.logs, 'redis-server.log') }),
  };
}

/** Checks that the NATS server at a URL is one that Parley can use. */
export async function borrowedNats(url: string, field: string): Promise<ServerPlan> {
  const info = await probeNatsUrl(url).catch((cause: unknown) => {
    throw unreachable(url, field, 'NATS', cause);
  });
  if (compareVersions(info.version, NATS.minVersion) < 0) throw tooOld(url, field, 'nats-server', info.version);
  if (!info.jetstream)
    throw new CliError({
      exit: EXIT.config,
      code: 'jetstream_off',
      field,
      value: url,
      message: 'this nats-server runs without JetStream',
      fix: 'start it with -js',
    });
  return { name: 'nats-server', url, version: info.version, source: field };
}

async function borrowedRedis(url: string, field: string): Promise<ServerPlan> {
  const { version } = await probeRedisUrl(url).catch((cause: unknown) => {
    throw unreachable(url, field, 'Redis', cause);
  });
  if (compareVersions(version, REDIS.minVersion) < 0) throw tooOld(url, field, 'redis-server', version);
  return { name: 'redis-server', url, version, source: field };
}

async function choosePort({ port, portField, usualPort }: ServerChoice): Promise<number> {
  if (port !== undefined) {
    await requireFreePort(port, portField);
    return port;
  }
  return await freePort(usualPort);
}

/** The usual port when nobody listens there, else any free one. */
export async function freePort(usualPort: number | undefined): Promise<number> {
  if (usualPort === undefined) return await findFreePort();
  return await requireFreePort(usualPort).then(
    () => usualPort,
    () => findFreePort(),
  );
}

function unreachable(url: string, field: string, what: string, cause: unknown): CliError {
  return new CliError(
    {
      exit: EXIT.unavailable,
      code: 'server_unreachable',
      field,
      value: url,
      message: `no ${what} server answers there (${cause instanceof Error ? cause.message : String(cause)})`,
      fix: `start one there, or leave ${field} out and Parley starts its own`,
    },
    { cause },
  );
}

function tooOld(url: string, field: string, server: 'nats-server' | 'redis-server', version: string): CliError {
  const { minVersion } = server === 'nats-server' ? NATS : REDIS;
  return new CliError({
    exit: EXIT.config,
    code: 'server_too_old',
    field,
    value: url,
    message: `${server} ${version} is too old, ${minVersion} or newer is needed`,
    fix: `upgrade it, or leave ${field} out and Parley starts its own`,
  });
}
