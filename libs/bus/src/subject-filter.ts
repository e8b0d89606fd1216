import { STREAMS } from '@parley/contracts';
import type { StreamDeclaration, StreamName } from '@parley/contracts';

/** True when `subject` is covered by `filter` (`*` one token, `>` the rest). */
export function subjectMatches(filter: string, subject: string): boolean {
  if (filter === subject || filter === '>') return true;
  const wanted = filter.split('.');
  const tokens = subject.split('.');
  for (const [i, want] of wanted.entries()) {
    if (want === '>') return tokens.length > i;
    if (tokens[i] === undefined || (want !== '*' && want !== tokens[i])) return false;
  }
  return tokens.length === wanted.length;
}

const prefixes = Object.entries<StreamDeclaration>(STREAMS).flatMap(([name, { subjects }]) =>
  subjects.map((filter) => ({ name: name as StreamName, filter })),
);

/** The declared stream that takes a subject. */
export const streamOf = (subject: string): StreamName | undefined =>
  prefixes.find(({ filter }) => subjectMatches(filter, subject))?.name;
