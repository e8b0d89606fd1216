import { expect, test } from 'vitest';
import { createJournalCursor, outcomeName, type Entry, requestDigest } from './journal-cursor.ts';

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
  expect(cursor.outcome(0)).toBeUndefined();
  cursor.add(entry(2, '$outcome', { kind: 'outcome', result: { kind: 'result', output: 1 } }), 2);
  expect(cursor.outcome(0)).toEqual({ kind: 'result', output: 1 });
});

test('the digest of a request does not depend on the order of its keys', () => {
  expect(requestDigest({ a: 1, b: [2] })).toBe(requestDigest({ b: [2], a: 1 }));
  expect(requestDigest({ a: 1 })).not.toBe(requestDigest({ a: 2 }));
});

test('a handoff that was answered is no outcome any more, a later one is', () => {
  const cursor = createJournalCursor();
  const handedOver = { kind: 'outcome' as const, result: { kind: 'handoff', to: 'bob' } };
  cursor.add(entry(1, outcomeName('handoff', 1), { ...handedOver, attempt: 1 }), 1);
  expect(cursor.outcome(0)).toEqual({ kind: 'handoff', to: 'bob' });
  expect(cursor.outcome(1)).toBeUndefined();
  cursor.add(entry(2, outcomeName('handoff', 3), { ...handedOver, attempt: 3 }), 2);
  expect(cursor.outcome(1)).toBeDefined();
  cursor.add(entry(3, outcomeName('result', 5), { kind: 'outcome', result: { kind: 'result' }, attempt: 5 }), 3);
  expect(cursor.outcome(3)).toEqual({ kind: 'result' });
});
