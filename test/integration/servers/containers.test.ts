import { probeNatsUrl, probeRedisUrl } from '@parley/servers';
import { containerImages, containersProblem, startNats, startRedis } from '@parley/testing';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

const images = containerImages();
const problem = await containersProblem([images.nats, images.redis]);
if (problem !== undefined) console.warn(`servers in containers are not tested: ${problem}`);

beforeEach((context) => {
  context.skip(problem !== undefined, problem);
  vi.stubEnv('PARLEY_TEST_SERVERS', 'containers');
  vi.stubEnv('PARLEY_TEST_NATS_URL', undefined);
  vi.stubEnv('PARLEY_TEST_REDIS_URL', undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

test('both servers run in containers and are gone when stopped', async () => {
  const [nats, redis] = await Promise.all([startNats(), startRedis()]);
  expect(nats.source).toBe(`container of ${images.nats}`);
  expect(await probeNatsUrl(nats.url)).toMatchObject({ jetstream: true, version: nats.version });
  expect(await probeRedisUrl(redis.url)).toMatchObject({ version: redis.version });
  await Promise.all([nats.stop(), redis.stop()]);
  await expect(probeNatsUrl(nats.url)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  await expect(probeRedisUrl(redis.url)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

test('a NATS server in a container is started with what was asked', async () => {
  await using nats = await startNats({ serverName: 'asked', maxPayload: 2_097_152, syncAlways: true });
  expect(await probeNatsUrl(nats.url)).toMatchObject({ serverName: 'asked', jetstream: true, maxPayload: 2_097_152 });
});

test('a server in a container dies of the signal it is sent, and has no process id here', async () => {
  await using redis = await startRedis();
  expect(() => redis.pid).toThrow(/runs in a container/);
  redis.kill('SIGKILL');
  expect(await redis.exited).toEqual({ code: null, signal: 'SIGKILL' });
});
