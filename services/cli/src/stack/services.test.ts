import { expect, test } from 'vitest';
import { AGENTS, CORE_SERVICES, environmentOf, preloadArguments, type ServiceSpec, usesModelSim } from './services.ts';

const addresses = {
  natsUrl: 'nats://127.0.0.1:1',
  redisUrl: 'redis://127.0.0.1:2',
  namespace: 'acme',
  docs: '/docs',
  leaseKeyFile: '/data/lease.key',
  modelSimPort: 3,
  compileCache: '/cache',
};
const spec = (name: string): ServiceSpec => {
  const found = [...CORE_SERVICES, ...AGENTS].find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
};

test('only router and conductor get the lease key, only agents the model key', () => {
  const caller = { ANTHROPIC_API_KEY: 'real' };
  const withoutSim = { ...addresses, modelSimPort: undefined };
  expect(environmentOf(spec('router'), caller, withoutSim)).toMatchObject({ PARLEY_LEASE_KEY_FILE: '/data/lease.key' });
  expect(environmentOf(spec('router'), caller, withoutSim)).not.toHaveProperty('ANTHROPIC_API_KEY');
  expect(environmentOf(spec('writer'), caller, withoutSim)).toMatchObject({ ANTHROPIC_API_KEY: 'real' });
  expect(environmentOf(spec('writer'), caller, withoutSim)).not.toHaveProperty('PARLEY_LEASE_KEY_FILE');
});

test('with a model-sim no agent sees the real key', () => {
  const env = environmentOf(spec('writer'), { ANTHROPIC_API_KEY: 'real' }, addresses);
  expect(env).toMatchObject({ ANTHROPIC_BASE_URL: 'http://127.0.0.1:3', ANTHROPIC_API_KEY: 'model-sim' });
});

test('a variable that means one process does not reach them all', () => {
  const env = environmentOf(spec('router'), { PARLEY_HTTP_PORT: '9000', HOME: '/root' }, addresses);
  expect(env).not.toHaveProperty('PARLEY_HTTP_PORT');
  expect(env).toMatchObject({ HOME: '/root', PARLEY_NATS_URL: 'nats://127.0.0.1:1' });
});

test('traces are preloaded only when there is somewhere to send them', () => {
  expect(preloadArguments({})).toEqual([]);
  expect(preloadArguments({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' })).toEqual([
    '--import',
    '@parley/service/telemetry',
  ]);
});

test('Claude is used only with a key and without PARLEY_OFFLINE', () => {
  expect(usesModelSim({})).toBe(true);
  expect(usesModelSim({ ANTHROPIC_API_KEY: 'real' })).toBe(false);
  expect(usesModelSim({ ANTHROPIC_API_KEY: 'real', PARLEY_OFFLINE: '1' })).toBe(true);
});
