import { expect, test } from 'vitest';
import { backoffMs } from './backoff.ts';

test('the delay doubles from a quarter of a second to half a minute', () => {
  expect([1, 2, 3, 4, 8, 9, 1_000].map(backoffMs)).toEqual([250, 500, 1_000, 2_000, 30_000, 30_000, 30_000]);
});
