export { defaultCacheDir } from './cache.ts';
export { dieWithParent } from './die-with-parent.ts';
export {
  DirectoryInUseError,
  PortInUseError,
  ServerNotFoundError,
  ServerStartError,
  ServerTooOldError,
} from './errors.ts';
export { type Attempt } from './attempts.ts';
export { ensureNatsServer } from './ensure-nats.ts';
export { ensureRedisServer } from './ensure-redis.ts';
export { type EnsureOptions } from './ensure-server.ts';
export { findFreePort, requireFreePort } from './ports.ts';
export { type NatsInfo, probeNatsUrl } from './probe-nats.ts';
export { type RedisInfo, probeRedisUrl } from './probe-redis.ts';
export { type RunningServer, type ServerExit } from './running-server.ts';
export { type ServerBinary } from './server-binary.ts';
export { NATS, REDIS, type ServerKind } from './server-kind.ts';
export { startNatsServer, type StartNatsOptions } from './start-nats.ts';
export { startRedisServer, type StartRedisOptions } from './start-redis.ts';
export { compareVersions, parseVersion } from './version.ts';
