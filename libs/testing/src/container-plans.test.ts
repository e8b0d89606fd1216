import { afterEach, expect, test, vi } from 'vitest';
import { natsPlan, redisPlan } from './container-plans.ts';
import { containersAsked, exitOf } from './containers.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

test('containers are asked for by one value only', () => {
  vi.stubEnv('PARLEY_TEST_SERVERS', undefined);
  expect(containersAsked()).toBe(false);
  vi.stubEnv('PARLEY_TEST_SERVERS', 'containers');
  expect(containersAsked()).toBe(true);
  vi.stubEnv('PARLEY_TEST_SERVERS', 'docker');
  expect(containersAsked).toThrow("PARLEY_TEST_SERVERS is 'docker'");
});

test('a NATS container has JetStream, and a configuration only for what has no flag', () => {
  expect(natsPlan({})).toMatchObject({ command: ['-js'], hostPorts: {}, files: [] });
  const plan = natsPlan({ port: 5_000, monitorPort: 5_001, serverName: 's', syncAlways: true, maxPayload: 2_097_152 });
  expect(plan.command.join(' ')).toBe('-js -n s -m 8222 -c /parley-nats.conf');
  expect(plan.hostPorts).toEqual({ 4222: 5_000, 8222: 5_001 });
  expect(plan.files[0]?.content).toBe('jetstream { sync_interval: always }\nmax_payload: 2097152\n');
});

test('a Redis container appends to a file; the image comes from the environment', () => {
  vi.stubEnv('PARLEY_TEST_REDIS_IMAGE', 'valkey/valkey:8');
  const plan = redisPlan({ appendfsync: 'always' });
  expect(plan.image).toBe('valkey/valkey:8');
  expect(plan.command.join(' ')).toContain('--appendonly yes --appendfsync always');
});

test('options about programs and files of this machine are refused by name', () => {
  expect(() => natsPlan({ storeDir: '/data', logFile: '/log' })).toThrow(/^storeDir, logFile cannot be given/);
  expect(() => redisPlan({ dir: '/data' })).toThrow(/^dir cannot be given/);
});

test('an exit counts as death by signal only when that signal was sent', () => {
  expect(exitOf(137, 'SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });
  expect(exitOf(137, undefined)).toEqual({ code: 137, signal: null });
  expect(exitOf(0, 'SIGTERM')).toEqual({ code: 0, signal: null });
});
