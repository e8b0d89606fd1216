import { defineAgent, startAgent } from '@parley/agent';
import { connectBus } from '@parley/bus';
import { runService } from '@parley/service';
import { z } from 'zod';

/** Three bidders that do nothing, in one process as an agent host would run them: what a step costs beside its work. */
const NAMES = (process.env.BENCH_AGENTS ?? '').split(',');

const noop = (name: string) =>
  defineAgent({
    name,
    version: '1.0.0',
    description: 'does nothing',
    capabilities: {
      noop: { description: 'answers its input', input: z.looseObject({}), output: z.looseObject({}) },
    },
    perform: { noop: (input) => Promise.resolve(input) },
  });

await runService('agents', async (_shutdown, { instance, log }) => {
  await using stack = new AsyncDisposableStack();
  const closed: Promise<void>[] = [];
  for (const name of NAMES) {
    const bus = await connectBus({ url: process.env.PARLEY_NATS_URL ?? '', name, topology: 'check' });
    const agent = stack.use(await startAgent(noop(name), { bus, ns: 'bench', instance, slots: 256, log }));
    closed.push(agent.closed);
  }
  const owned = stack.move();
  return { closed: Promise.race(closed), [Symbol.asyncDispose]: () => owned.disposeAsync() };
});
