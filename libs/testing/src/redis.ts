import { probeRedisUrl, startRedisServer, type RunningServer, type StartRedisOptions } from '@parley/servers';
import { redisPlan } from './container-plans.ts';
import { containersAsked, startContainer } from './containers.ts';
import { borrowedServer, inTemporaryFolder } from './temporary-folder.ts';

/**
 * A real Redis server. Without options the one at `PARLEY_TEST_REDIS_URL`, if set; else, and with any option, a private one: in a
 * container when `PARLEY_TEST_SERVERS` is `containers`, otherwise a local process in a temporary folder (deleted on stop) unless
 * `dir` names one that outlives it, as a test of restarts needs.
 */
export async function startRedis(options: Partial<StartRedisOptions> = {}): Promise<RunningServer> {
  const url = process.env['PARLEY_TEST_REDIS_URL'];
  if (url && Object.keys(options).length === 0) {
    const { version } = await probeRedisUrl(url);
    return borrowedServer(url, Number(new URL(url).port || 6_379), version, 'PARLEY_TEST_REDIS_URL');
  }
  if (containersAsked()) return await startContainer(redisPlan(options));
  const { dir } = options;
  if (dir !== undefined) return await startRedisServer({ ...options, dir });
  return await inTemporaryFolder('redis', async (folder) => await startRedisServer({ ...options, dir: folder }));
}
