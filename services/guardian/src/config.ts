import { defineConfig, env, type Variable } from '@parley/service';
import { type NamespaceLimits, parseNamespaceLimits } from './namespace-limits.ts';

const namespaceLimits: Variable<NamespaceLimits> = {
  ...env.string('PARLEY_NAMESPACE_LIMITS', { default: '' }),
  fallback: { value: {} },
  parse: (text) => {
    const limits = parseNamespaceLimits(text);
    return typeof limits === 'string'
      ? { message: limits, fix: 'set it like {"acme":{"tokens":1000000,"microUsd":5000000}}' }
      : { value: limits };
  },
};

/** What a guardian is told; it connects to NATS and Redis by the URLs. */
export const readConfig = defineConfig({
  natsUrl: env.url('PARLEY_NATS_URL', { default: 'nats://127.0.0.1:4222' }),
  redisUrl: env.url('PARLEY_REDIS_URL', { default: 'redis://127.0.0.1:6379', protocols: ['redis', 'rediss'] }),
  namespaceLimits,
  /** How long a permit holds without a renewal. */
  leaseMs: env.int('PARLEY_PERMIT_LEASE_MS', { min: 200, max: 60_000, default: 2_000 }),
  /** How long after its lease a permit may still be settled; then it is charged in full. */
  graceMs: env.int('PARLEY_PERMIT_GRACE_MS', { min: 0, max: 3_600_000, default: 30_000 }),
});

/** How permits are given; the part of the configuration that is not about connections. */
export type GuardianConfig = Pick<ReturnType<typeof readConfig>, 'namespaceLimits' | 'leaseMs' | 'graceMs'>;
