import type { Place } from './fill.ts';
import { named, nameWords, NEGATIVE, POSITIVE, REVIEW } from './names.ts';
import { sameWord, stemsOf } from './terms.ts';

const YES = new Set([
  ...POSITIVE,
  'yes',
  'true',
  'pass',
  'support',
  'answer',
  'good',
  'confirmed',
  'agree',
  'full',
  'done',
  'completed',
]);
const NO = new Set([
  ...NEGATIVE,
  'no',
  'false',
  'fail',
  'reject',
  'refuse',
  'refuted',
  'bad',
  'deny',
  'denied',
  'disagree',
  'none',
  'missing',
  'revise',
  'unknown',
  'impossible',
]);
const LEVELS = [
  ['high', 0.75],
  ['strong', 0.75],
  ['medium', 0.45],
  ['moderate', 0.45],
  ['partial', 0.3],
  ['low', 0],
  ['weak', 0],
] as const;

/**
 * Picks a member by the evidence: a level by confidence, yes or no by whether the question is answered (or, for a verdict of
 * form, by whether the checks passed), anything else by the words it shares with the question and its evidence.
 */
export function choose(name: string, members: readonly unknown[], place: Place): unknown {
  const { findings, scored } = place;
  const byWord = new Map(members.map((member) => [nameWords(String(member)).join(''), member]));
  const level = LEVELS.find(([word, least]) => byWord.has(word) && findings.confidence >= least);
  if (level !== undefined) return byWord.get(level[0]);

  const review =
    named(name, REVIEW) ||
    members.some((member) => ['valid', 'approved', 'accept'].includes(String(member).toLowerCase()));
  const holds = scored !== undefined || (review ? findings.passes : findings.answered);
  const turned = named(name, NEGATIVE) && !named(name, POSITIVE);
  const wanted = (turned ? !holds : holds) ? YES : NO;
  const verdict = [...byWord].find(
    ([word]) =>
      wanted.has(word) || wanted.has(word.replace(/^not/, 'un')) || (wanted === NO && /^(not|un|in|dis)/.test(word)),
  );
  if (verdict !== undefined) return verdict[1];
  if (members.includes(null) && !holds) return null;
  return closest(members, place);
}

function closest(members: readonly unknown[], { findings, scored }: Place): unknown {
  const stems = stemsOf(
    [scored?.quotable.text ?? '', findings.question, ...findings.best.map(({ quotable }) => quotable.text)].join(' '),
  );
  const hits = members.map((member) => {
    const words = stemsOf(nameWords(String(member)).join(' '));
    return stems.filter((root) => words.some((word) => sameWord(word, root))).length;
  });
  return members[hits.indexOf(Math.max(...hits))];
}
