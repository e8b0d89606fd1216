import { probeNatsUrl, startNatsServer, type RunningServer, type StartNatsOptions } from '@parley/servers';
import { natsPlan } from './container-plans.ts';
import { containersAsked, startContainer } from './containers.ts';
import { borrowedServer, inTemporaryFolder } from './temporary-folder.ts';

/**
 * A real NATS server. Without options the one at `PARLEY_TEST_NATS_URL`, if set; else, and with any option, a private one: in a
 * container when `PARLEY_TEST_SERVERS` is `containers`, otherwise a local process in a temporary folder (deleted on stop) unless
 * `storeDir` names one that outlives it, as a test of restarts needs.
 */
export async function startNats(options: Partial<StartNatsOptions> = {}): Promise<RunningServer> {
  const url = process.env['PARLEY_TEST_NATS_URL'];
  if (url && Object.keys(options).length === 0) {
    const { version } = await probeNatsUrl(url);
    return borrowedServer(url, Number(new URL(url).port || 4_222), version, 'PARLEY_TEST_NATS_URL');
  }
  if (containersAsked()) return await startContainer(natsPlan(options));
  const { storeDir } = options;
  if (storeDir !== undefined) return await startNatsServer({ ...options, storeDir });
  return await inTemporaryFolder('nats', async (folder) => await startNatsServer({ ...options, storeDir: folder }));
}
