/** What distinguishes the two servers while one is looked for. */
export interface ServerKind {
  /** Name of the cache entry and of the server in messages. */
  label: string;
  /** Executable names, in order of preference. */
  executables: readonly string[];
  minVersion: string;
  /** What a person does when nothing worked. */
  fix: string;
}

export const NATS: ServerKind = {
  label: 'nats-server',
  executables: ['nats-server'],
  minVersion: '2.14.3',
  fix:
    'install it by hand: `brew install nats-server` (macOS), a release from https://github.com/nats-io/nats-server/releases ' +
    'on PATH, or `docker run -p 4222:4222 nats:2 -js` with PARLEY_NATS_URL=nats://127.0.0.1:4222',
};

export const REDIS: ServerKind = {
  label: 'redis-server',
  executables: ['redis-server', 'valkey-server'],
  minVersion: '7.0.0',
  fix:
    'install it by hand: `apt-get install redis-server` (Debian, Ubuntu), `brew install redis` (macOS), or ' +
    '`docker run -p 6379:6379 redis:7` with PARLEY_REDIS_URL=redis://127.0.0.1:6379',
};
