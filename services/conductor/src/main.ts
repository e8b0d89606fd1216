import { runService } from '@parley/service';
import { connectBus } from '@parley/bus';
import { readConfig } from './config.ts';
import { startConductor } from './service.ts';

await runService(
  'conductor',
  async (_shutdown, context) => {
    const config = readConfig(process.env);
    const bus = await connectBus({ url: config.natsUrl, name: `conductor-${context.instance}`, topology: 'ensure' });
    return startConductor({ ...context, bus, leaseKey: config.leaseKey.reveal(), cacheRuns: config.cacheRuns });
  },
  { readConfig },
);
