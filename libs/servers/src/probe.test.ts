import { expect, test } from 'vitest';
import { natsAddress, parseInfo } from './probe-nats.ts';
import { parseRedisInfo } from './probe-redis.ts';

test('the INFO line of NATS tells version, name and limits', () => {
  expect(parseInfo('INFO {"server_name":"n1","version":"2.15.1","jetstream":true,"max_payload":1048576} \r\n')).toEqual(
    { version: '2.15.1', serverName: 'n1', jetstream: true, maxPayload: 1_048_576 },
  );
});

test('something that is not NATS is told apart', () => {
  expect(() => parseInfo('HTTP/1.1 400 Bad Request\r\n')).toThrow('does not speak the NATS protocol');
});

test.each([
  ['nats://db', 'db', 4_222],
  ['nats://u:p@db:5222,nats://other:1', 'db', 5_222],
  ['127.0.0.1:4333', '127.0.0.1', 4_333],
  ['nats://[::1]:4222', '::1', 4_222],
])('the address of %s is %s port %i', (url, host, port) => {
  expect(natsAddress(url)).toEqual({ host, port });
});

test('Redis and Valkey tell their own version and process, and errors are passed on', () => {
  expect(parseRedisInfo('+PONG\r\n$60\r\n# Server\r\nredis_version:7.0.15\r\nprocess_id:42\r\n')).toEqual({
    version: '7.0.15',
    processId: 42,
  });
  expect(
    parseRedisInfo('+PONG\r\n$60\r\nredis_version:7.2.4\r\nvalkey_version:8.1.1\r\nprocess_id:7\r\n'),
  ).toMatchObject({ version: '8.1.1' });
  expect(() => parseRedisInfo('-LOADING Redis is loading the dataset in memory\r\n')).toThrow(/^LOADING/);
});
