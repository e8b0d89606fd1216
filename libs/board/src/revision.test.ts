import { expect, test } from 'vitest';
import { compareRevisions, generationOf } from './revision.ts';

test('revisions are ordered by generation, then by counter as a number', () => {
  const ordered = ['1.1', '1.2', '1.10', '2.1', '10.0'];
  expect(ordered.toReversed().toSorted(compareRevisions)).toEqual(ordered);
  expect(compareRevisions('3.7', '3.7')).toBe(0);
  expect(generationOf('1700000000000.3')).toBe(1_700_000_000_000);
});
