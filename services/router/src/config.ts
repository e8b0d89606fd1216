import { defineConfig, env } from '@parley/service';

/** Environment of a router. */
export const readConfig = defineConfig({
  natsUrl: env.url('PARLEY_NATS_URL', { default: 'nats://127.0.0.1:4222' }),
  leaseKey: env.secret('PARLEY_LEASE_KEY'),
  replyByMs: env.int('PARLEY_REPLY_BY_MS', { min: 5, max: 60_000, default: 250 }),
  beatMs: env.int('PARLEY_BEAT_MS', { min: 200, max: 60_000, default: 2_000 }),
  workAckWaitMs: env.int('PARLEY_WORK_ACK_WAIT_MS', { min: 500, max: 600_000, default: 4_000 }),
});
