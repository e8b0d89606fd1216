import { expect, test } from 'vitest';
import { streamOf, subjectMatches } from './subject-filter.ts';

test.each([
  ['a.b', 'a.b', true],
  ['a.*', 'a.b', true],
  ['a.*', 'a.b.c', false],
  ['a.*', 'a', false],
  ['a.>', 'a.b.c', true],
  ['a.>', 'a', false],
  ['>', 'a', true],
  ['a.*.c', 'a.b.c', true],
  ['a.*.c', 'a.b.d', false],
  ['a.b.c', 'a.b', false],
])('the filter %s and the subject %s: %s', (filter, subject, matches) => {
  expect(subjectMatches(filter, subject)).toBe(matches);
});

test('a subject belongs to the stream that is declared for it, a core subject to none', () => {
  expect(streamOf('parley.v1.task.award.ns.a.t.1')).toBe('WORK');
  expect(streamOf('parley.v1.task.report.ns.00.a.r')).toBe('SIGNALS');
  expect(streamOf('parley.v1.task.cfp.ns.c')).toBeUndefined();
});
