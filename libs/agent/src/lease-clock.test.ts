import { expect, test } from 'vitest';
import { createLeaseClock, mark } from './lease-clock.ts';

function fakeClocks() {
  const now = { monotonic: 1_000, wall: 5_000_000 };
  return { now, monotonic: () => now.monotonic, wall: () => now.wall };
}

test('a lease is counted from when it was asked for', () => {
  const clocks = fakeClocks();
  const asked = mark(clocks);
  clocks.now.monotonic += 300;
  clocks.now.wall += 300;
  expect(createLeaseClock(2_000, asked, clocks).remainingMs()).toBe(1_700);
});

test('the clock that went further counts', () => {
  const clocks = fakeClocks();
  const lease = createLeaseClock(2_000, mark(clocks), clocks);
  clocks.now.wall += 60_000;
  expect(lease.remainingMs()).toBeLessThanOrEqual(0);
  clocks.now.wall -= 60_000 + 3_600_000;
  clocks.now.monotonic += 500;
  expect(lease.remainingMs()).toBe(1_500);
});

test('a renewal counts from when it was asked for, and an older one changes nothing', () => {
  const clocks = fakeClocks();
  const first = mark(clocks);
  const lease = createLeaseClock(2_000, first, clocks);
  clocks.now.monotonic += 1_000;
  const second = mark(clocks);
  clocks.now.monotonic += 500;
  lease.renew(2_000, second);
  expect(lease.remainingMs()).toBe(1_500);
  lease.renew(2_000, first);
  expect(lease.remainingMs()).toBe(1_500);
});
