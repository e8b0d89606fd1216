import { connectRedis } from '@parley/board';
import { connectBus } from '@parley/bus';
import { runService } from '@parley/service';
import { readConfig } from './config.ts';
import { startGuardian } from './service.ts';

await runService(
  'guardian',
  async (_shutdown, { instance, log, metrics, health }) => {
    const config = readConfig(process.env);
    await using stack = new AsyncDisposableStack();
    const bus = stack.use(
      await connectBus({ url: config.natsUrl, name: `guardian-${instance}`, topology: 'ensure', waitForServer: true }),
    );
    const redis = stack.use(connectRedis(config.redisUrl, { role: 'command' }));
    const guardian = stack.use(await startGuardian({ bus, redis, config, log, instance, metrics, health }));
    const owned = stack.move();
    return {
      closed: guardian.closed,
      drain: () => guardian.drain(),
      [Symbol.asyncDispose]: () => owned.disposeAsync(),
    };
  },
  { readConfig },
);
