import { busContract } from '../bus-contract.ts';
import { ManualClock } from './clock.ts';
import { createMemoryBroker } from './create.ts';

busContract('the in-memory bus', async () => {
  const clock = new ManualClock();
  const broker = createMemoryBroker({ clock, onLog: () => {} });
  return {
    connect: async (name) => broker.connect(name),
    pass: async (ms) => await clock.advance(ms),
    [Symbol.asyncDispose]: async () => {},
  };
});
