import { probeNatsUrl, probeRedisUrl, type StartNatsOptions, type StartRedisOptions } from '@parley/servers';
import { refuseLocalOptions, type ContainerPlan } from './containers.ts';

const NATS_CONFIG = '/parley-nats.conf';
const NATS_PORT = 4_222;
const MONITOR_PORT = 8_222;
const REDIS_PORT = 6_379;

/** The images of servers in containers, from `PARLEY_TEST_NATS_IMAGE` and `PARLEY_TEST_REDIS_IMAGE`. */
export function containerImages(): { nats: string; redis: string } {
  return {
    nats: process.env['PARLEY_TEST_NATS_IMAGE'] || 'nats:2',
    redis: process.env['PARLEY_TEST_REDIS_IMAGE'] || 'redis:7',
  };
}

/** A NATS server with JetStream as a container; throws on options that name programs or files of this machine. */
export function natsPlan(options: Partial<StartNatsOptions>): ContainerPlan {
  refuseLocalOptions(options, ['binary', 'storeDir', 'logFile']);
  const { port, monitorPort, serverName, syncAlways = false, maxPayload } = options;
  // These two have no flag.
  const config = [
    ...(syncAlways ? ['jetstream { sync_interval: always }'] : []),
    ...(maxPayload === undefined ? [] : [`max_payload: ${maxPayload}`]),
  ];
  return {
    image: containerImages().nats,
    command: [
      '-js',
      ...(serverName === undefined ? [] : ['-n', serverName]),
      ...(monitorPort === undefined ? [] : ['-m', String(MONITOR_PORT)]),
      ...(config.length === 0 ? [] : ['-c', NATS_CONFIG]),
    ],
    scheme: 'nats',
    port: NATS_PORT,
    hostPorts: {
      ...(port === undefined ? {} : { [NATS_PORT]: port }),
      ...(monitorPort === undefined ? {} : { [MONITOR_PORT]: monitorPort }),
    },
    files: config.length === 0 ? [] : [{ target: NATS_CONFIG, content: `${config.join('\n')}\n` }],
    readyLog: /Server is ready/,
    probe: probeNatsUrl,
  };
}

/** A Redis server with an append-only file as a container; throws on options that name programs or files of this machine. */
export function redisPlan(options: Partial<StartRedisOptions>): ContainerPlan {
  refuseLocalOptions(options, ['binary', 'dir', 'logFile']);
  const { port, appendfsync = 'everysec' } = options;
  const settings = ['--appendonly', 'yes', '--appendfsync', appendfsync, '--save', '', '--maxmemory-policy'];
  return {
    image: containerImages().redis,
    command: [...settings, 'noeviction'],
    scheme: 'redis',
    port: REDIS_PORT,
    hostPorts: port === undefined ? {} : { [REDIS_PORT]: port },
    files: [],
    readyLog: /Ready to accept connections/,
    probe: probeRedisUrl,
  };
}
