import { expect, test } from 'vitest';
import { terms } from './terms.ts';

test.each([
  [['deny', 'denies', 'denied', 'denying']],
  [['route', 'routes', 'routed', 'routing']],
  [['stop', 'stops', 'stopped', 'stopping']],
  [['policy', 'policies']],
  [['class', 'classes']],
  [['box', 'boxes']],
])('%j are one term', (words) => {
  expect(new Set(words.flatMap(terms)).size).toBe(1);
});

test.each([['status'], ['bus'], ['process'], ['redis'], ['sing'], ['red'], ['v2s']])(
  '%s is not cut to another word',
  (word) => {
    expect(terms(word)[0]?.length).toBeGreaterThanOrEqual(word.length - 1);
  },
);

test('stop words, case, accents and punctuation do not count, and joined names come apart', () => {
  expect(terms('What IS the Café’s maxDeliver or max_deliver?')).toEqual(['caf', 'max', 'deliver', 'max', 'deliver']);
});

test('scripts without spaces are found by pairs of characters', () => {
  expect(terms('東京都')).toEqual(['東京', '京都']);
});
