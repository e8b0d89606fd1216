import { expect, test } from 'vitest';
import { EXIT } from '../exit-codes.ts';
import { requireNatsUrl, requireRedisUrl } from './server-url.ts';

test.each(['nats://db', 'nats://u:p@db:5222,tls://other:1', '127.0.0.1:4333', 'nats://[::1]:4222'])(
  '%s is a NATS URL',
  (url) => expect(requireNatsUrl('--nats-url', url)).toBe(url),
);

test.each(['', 'http://db:4222', 'nats://', 'nats://db:port', 'nats://db:70000', 'nats://a,', 'a b'])(
  '%j is no NATS URL, and the error names flag, value and fix',
  (url) => {
    expect(() => requireNatsUrl('--nats-url', url)).toThrow(
      `--nats-url ${JSON.stringify(url)}: is not the URL of a NATS server; give nats://host:port or tls://host:port, such as nats://`,
    );
  },
);

test.each(['localhost:6379', 'nats://db', 'redis://', 'redis://db:x'])('%j is no Redis URL', (url) => {
  expect(() => requireRedisUrl('--redis-url', url)).toThrow(
    /^--redis-url ".*": is not the URL of a Redis server; give redis:/,
  );
  expect(requireRedisUrl('--redis-url', 'rediss://u:p@db:6380/1')).toBe('rediss://u:p@db:6380/1');
});

test('a wrong flag is wrong usage, a wrong variable wrong configuration', () => {
  expect(() => requireNatsUrl('--nats-url', '//')).toThrow(expect.objectContaining({ exit: EXIT.usage }));
  expect(() => requireNatsUrl('PARLEY_NATS_URL', '//')).toThrow(expect.objectContaining({ exit: EXIT.config }));
});
