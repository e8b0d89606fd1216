import { defineConfig, env } from '@parley/service';

/** Environment of a conductor. */
export const readConfig = defineConfig({
  natsUrl: env.url('PARLEY_NATS_URL', { default: 'nats://127.0.0.1:4222' }),
  leaseKey: env.secret('PARLEY_LEASE_KEY'),
  cacheRuns: env.int('PARLEY_CACHE_RUNS', { min: 1, max: 1_000_000, default: 4_096 }),
});
