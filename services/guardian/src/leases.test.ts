import { expect, test } from 'vitest';
import { createLeases } from './leases.ts';

const holder = { ns: 'acme', run: 'r1', agent: 'writer', instance: 'i1' };

test('a lease is renewed for its holder while it lasts, and not after', () => {
  let now = 0;
  const leases = createLeases(100, () => now);
  leases.hold('p1', holder);
  now = 90;
  expect(leases.renew('p1', holder)).toBe(true);
  now = 189;
  expect(leases.renew('p1', holder)).toBe(true);
  now = 290;
  expect(leases.renew('p1', holder)).toBe(false);
  leases.sweep();
  expect(leases.size).toBe(0);
});

test('nobody else can renew a lease, nor anybody one that was ended or never granted', () => {
  const leases = createLeases(100, () => 0);
  leases.hold('p1', holder);
  expect(leases.renew('p1', { ...holder, instance: 'i2' })).toBe(false);
  expect(leases.renew('p1', { ...holder, run: 'r2' })).toBe(false);
  expect(leases.renew('p2', holder)).toBe(false);
  leases.end('p1');
  expect(leases.renew('p1', holder)).toBe(false);
});
