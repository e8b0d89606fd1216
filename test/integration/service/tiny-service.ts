import { setTimeout as delay } from 'node:timers/promises';
import { defineConfig, env, type RunningService, runService, type ServiceContext } from '@parley/service';
import { withSpan } from '@parley/tracing';

/** A service whose behaviour a test picks by `TINY_MODE`; it prints the order in which it is stopped. */
const readConfig = defineConfig({
  mode: env.oneOf('TINY_MODE', ['ok', 'closes', 'fails-to-start', 'rejects-unhandled', 'hangs-in-drain'], {
    default: 'ok',
  }),
  slots: env.int('PARLEY_TINY_SLOTS', { min: 1, default: 1 }),
  key: env.secret('TINY_KEY', { optional: true }),
});

async function startTiny(shutdown: AbortSignal, { log, health, metrics }: ServiceContext): Promise<RunningService> {
  const { mode } = readConfig(process.env);
  if (mode === 'fails-to-start') throw new Error('no server');
  const say = (step: string) => log.info({ event: 'tiny.step', step, ready: health.readiness().ready });
  const closed = Promise.withResolvers<void>();
  metrics.counter('parley_tiny_total', 'Steps', ['kind']).with({ kind: 'start' }).inc();
  withSpan('tiny start', {}, () => {});
  shutdown.addEventListener('abort', () => say('shutdown'));
  if (mode === 'closes') setImmediate(() => closed.reject(new Error('connection lost')));
  if (mode === 'rejects-unhandled') setImmediate(() => void Promise.reject(new Error('forgotten')));
  return {
    closed: closed.promise,
    async drain() {
      say('drain');
      if (mode === 'hangs-in-drain') await new Promise(() => {});
      await delay(20);
      say('drained');
    },
    async [Symbol.asyncDispose]() {
      say('dispose');
      closed.resolve();
    },
  };
}

await runService('tiny', startTiny, { readConfig });
