import { expect, test } from 'vitest';
import { compareVersions, parseVersion } from './version.ts';

test.each([
  ['nats-server: v2.15.1\n', '2.15.1'],
  ['nats-server: 2.9.10', '2.9.10'],
  ['Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=e08dbad3e06f3fb', '7.0.15'],
  ['Valkey server v=8.1.1 sha=00000000:0 malloc=jemalloc-5.3.0', '8.1.1'],
  ['command not found', undefined],
])('the version in %j is %s', (text, version) => {
  expect(parseVersion(text)).toBe(version);
});

test('versions compare by number, not by text, and missing parts count as zero', () => {
  expect(compareVersions('2.9.10', '2.14.0')).toBeLessThan(0);
  expect(compareVersions('2.14.10', '2.14.9')).toBeGreaterThan(0);
  expect(compareVersions('2.14', '2.14.0')).toBe(0);
  expect(compareVersions('7', '6.2.99')).toBeGreaterThan(0);
});

test('a pre-release counts as its release', () => {
  expect(compareVersions('2.14.0-RC.1', '2.14.0')).toBe(0);
});
