import { connectBus } from '@parley/bus';
import { runService } from '@parley/service';
import { readConfig } from './config.ts';
import { startRouter } from './service.ts';

await runService(
  'router',
  async (_shutdown, context) => {
    const { natsUrl, leaseKey, ...timing } = readConfig(process.env);
    const bus = await connectBus({ url: natsUrl, name: `router-${context.instance}`, topology: 'ensure' });
    return startRouter({ ...context, bus, leaseKey: leaseKey.reveal(), ...timing });
  },
  { readConfig },
);
