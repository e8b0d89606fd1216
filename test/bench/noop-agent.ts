import { defineAgent, startAgent } from '@parley/agent';
import { connectBus } from '@parley/bus';
import { runService } from '@parley/service';
import { z } from 'zod';

/** A bidder that does nothing: what a step costs beside its work. */
const name = process.env.BENCH_AGENT ?? 'noop';

const noop = defineAgent({
  name,
  version: '1.0.0',
  description: 'does nothing',
  capabilities: {
    noop: { description: 'answers its input', input: z.looseObject({}), output: z.looseObject({}) },
  },
  perform: { noop: (input) => Promise.resolve(input) },
});

await runService(name, async (_shutdown, { instance, log }) => {
  const bus = await connectBus({ url: process.env.PARLEY_NATS_URL ?? '', name, topology: 'check' });
  return startAgent(noop, { bus, ns: 'bench', instance, slots: 256, log });
});
