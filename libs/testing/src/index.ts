export { containerImages } from './container-plans.ts';
export { containersProblem } from './containers.ts';
export { eventually, type EventuallyOptions } from './eventually.ts';
export { testNamespace } from './namespace.ts';
export { startNats } from './nats.ts';
export { type ProcessExit, type ServiceProcess, spawnService } from './processes.ts';
export { startRedis } from './redis.ts';
export { sharedNats, sharedRedis } from './shared-servers.ts';
export { type RunningServer } from '@parley/servers';
