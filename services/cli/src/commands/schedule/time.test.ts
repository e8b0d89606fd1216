import { expect, test } from 'vitest';
import { duration, moment } from './time.ts';

test.each([
  ['90s', 90_000],
  ['15m', 900_000],
  ['1h30m', 5_400_000],
  ['1d', 86_400_000],
])('%s is %i ms', (text, ms) => {
  expect(duration(text)).toBe(ms);
});

test.each(['', '0s', '5', 'soon', '1h 30m', '-5m', '1.5h'])('%j is no duration', (text) => {
  expect(() => duration(text)).toThrow('Give a duration');
});

test('a time is read with its offset', () => {
  expect(moment('2026-03-01T09:00:00+01:00')).toBe(Date.UTC(2026, 2, 1, 8));
  for (const text of ['tomorrow', '9', '2026-13-01']) expect(() => moment(text)).toThrow('Give a time');
});
