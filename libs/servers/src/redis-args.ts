/** What a started Redis is told. */
export interface RedisConfig {
  port: number;
  dir: string;
  appendfsync: 'always' | 'everysec' | 'no';
}

/** Command line of a Redis on 127.0.0.1 that keeps an append-only file in `dir` and writes no snapshots beside it. */
export function redisArgs({ port, dir, appendfsync }: RedisConfig): string[] {
  const settings: [string, string][] = [
    ['--bind', '127.0.0.1'],
    ['--port', String(port)],
    ['--dir', dir],
    ['--appendonly', 'yes'],
    ['--appendfsync', appendfsync],
    ['--save', ''],
    ['--maxmemory-policy', 'noeviction'],
    ['--daemonize', 'no'],
  ];
  return settings.flat();
}
