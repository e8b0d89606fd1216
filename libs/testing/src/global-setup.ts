import type { TestProject } from 'vitest/node';
import { startNats } from './nats.ts';
import { startRedis } from './redis.ts';
import './shared-servers.ts';

/** Starts one NATS and one Redis for the whole run; the returned function stops them. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const [nats, redis] = await Promise.all([startNats(), startRedis()]);
  project.provide('natsUrl', nats.url);
  project.provide('redisUrl', redis.url);
  return async () => {
    await Promise.all([nats.stop(), redis.stop()]);
  };
}
