import { expect, test } from 'vitest';
import { redisArgs } from './redis-args.ts';

test('Redis listens on the loopback address only, appends to a file and writes no snapshots', () => {
  expect(redisArgs({ port: 6_379, dir: '/data', appendfsync: 'always' }).join(' ')).toBe(
    '--bind 127.0.0.1 --port 6379 --dir /data --appendonly yes --appendfsync always --save  --maxmemory-policy noeviction --daemonize no',
  );
});
