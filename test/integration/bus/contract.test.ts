import { setTimeout as delay } from 'node:timers/promises';
import { connectBus } from '@parley/bus';
import { busContract } from '@parley/bus/testing';
import { startNats } from '@parley/testing';

busContract('the bus on JetStream', async () => {
  const server = await startNats({ serverName: 'parley-bus-contract' });
  return {
    connect: async (name) => await connectBus({ url: server.url, name, topology: 'ensure' }),
    pass: async (ms) => {
      await delay(ms);
    },
    [Symbol.asyncDispose]: async () => await server.stop(),
  };
});
