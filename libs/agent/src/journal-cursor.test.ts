import { expect, test } from 'vitest';
import { createJournalCursor, type Entry, requestDigest } from './journal-cursor.ts';

const entry = (n: number, name: string, over: Partial<Entry> = {}): Entry => ({
  n,
  name,
  kind: 'step',
  request: requestDigest('q'),
  result: `r${n}`,
  attempt: 1,
  instance: 'i1',
  ...over,
});

test('a journaled step is found by name and request', () => {
  const cursor = createJournalCursor();
  cursor.add(entry(1, 'fetch'), 41);
  expect(cursor.find('fetch', 'step', requestDigest('q'))?.result).toBe('r1');
  expect(cursor.find('other', 'step', requestDigest('q'))).toBeUndefined();
});

test('the same name with another request or kind is a mismatch', () => {
  const cursor = createJournalCursor();
  cursor.add(entry(1, 'fetch'), 41);
  expect(() => cursor.find('fetch', 'step', requestDigest('other'))).toThrow(
    expect.objectContaining({ code: 'journal_mismatch' }),
  );
  expect(() => cursor.find('fetch', 'tool', requestDigest('q'))).toThrow(
    expect.objectContaining({ code: 'journal_mismatch' }),
  );
});

test('the next append expects the sequence of the newest entry', () => {
  const cursor = createJournalCursor();
  expect([cursor.length, cursor.lastSequence]).toEqual([0, 0]);
  cursor.add(entry(1, 'a'), 41);
  cursor.add(entry(2, 'b'), 57);
  expect([cursor.length, cursor.lastSequence]).toEqual([2, 57]);
});

test('the outcome is kept apart from the steps', () => {
  const cursor = createJournalCursor();
  cursor.add(entry(1, 'a'), 1);
  expect(cursor.outcome).toBeUndefined();
  cursor.add(entry(2, '$outcome', { kind: 'outcome', result: { kind: 'result', output: 1 } }), 2);
  expect(cursor.outcome).toEqual({ kind: 'result', output: 1 });
});

test('the digest of a request does not depend on the order of its keys', () => {
  expect(requestDigest({ a: 1, b: [2] })).toBe(requestDigest({ b: [2], a: 1 }));
  expect(requestDigest({ a: 1 })).not.toBe(requestDigest({ a: 2 }));
});
