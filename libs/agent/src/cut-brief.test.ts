import { BRIEF_BYTES, HandoffBrief } from '@parley/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cutBrief } from './cut-brief.ts';

test('a brief within its bounds stays as it is', () => {
  const brief = { asked: 'a'.repeat(4_000), found: ['f'.repeat(2_000)], failed: [], next: 'n' };
  expect(cutBrief(brief)).toEqual(brief);
});

test('what is too long is cut, and says so', () => {
  const cut = cutBrief({ asked: 'a'.repeat(5_000), found: Array(40).fill('point'), failed: [], next: 'n' });
  expect(cut.asked).toMatch(/a… \(cut, 5000\)$/);
  expect(cut.found).toHaveLength(32);
  expect(cut.found.at(-1)).toBe('… (9 more)');
});

test('whatever a brief holds, what is left of it fits the contract', () => {
  const text = fc.oneof(
    fc.string({ maxLength: 50 }),
    fc.integer({ min: 0, max: 9_000 }).map((length) => '\u0001'.repeat(length)),
    fc.integer({ min: 0, max: 9_000 }).map((length) => '😀'.repeat(length)),
    fc.constant('\ud800'.repeat(3_000)),
  );
  const points = fc.array(text, { maxLength: 70 });
  fc.assert(
    fc.property(fc.record({ asked: text, found: points, failed: points, next: text }), (brief) => {
      const cut = cutBrief(brief);
      expect(HandoffBrief.safeParse(cut).success).toBe(true);
      expect(Buffer.byteLength(JSON.stringify(cut))).toBeLessThanOrEqual(BRIEF_BYTES);
    }),
    { numRuns: 200 },
  );
});
