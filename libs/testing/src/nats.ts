import { probeNatsUrl, startNatsServer, type RunningServer, type StartNatsOptions } from '@parley/servers';
import { borrowedServer, inTemporaryFolder } from './temporary-folder.ts';

/**
 * A real NATS server. Without options the one at `PARLEY_TEST_NATS_URL`, if set; else, and with any option, a private one, in a
 * temporary folder (deleted on stop) unless `storeDir` names one that outlives it, as a test of restarts needs.
 */
export async function startNats(options: Partial<StartNatsOptions> = {}): Promise<RunningServer> {
  const url = process.env['PARLEY_TEST_NATS_URL'];
  if (url && Object.keys(options).length === 0) {
    const { version } = await probeNatsUrl(url);
    return borrowedServer(url, Number(new URL(url).port || 4_222), version, 'PARLEY_TEST_NATS_URL');
  }
  const { storeDir } = options;
  if (storeDir !== undefined) return await startNatsServer({ ...options, storeDir });
  return await inTemporaryFolder('nats', async (folder) => await startNatsServer({ ...options, storeDir: folder }));
}
