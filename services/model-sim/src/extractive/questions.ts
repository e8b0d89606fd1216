import { queryTerms, stemsOf } from './terms.ts';

const OPENER =
  'what|why|how|when|who|where|which|whose|is|are|was|were|does|do|did|can|could|should|will|explain|describe|compare|list|summari[sz]e|name';
/** A connective that starts a new question: "… and how …", "… ; what …". */
const NEW_CLAUSE = new RegExp(
  `(?:,\\s*|\\s+)(?:and|or|but|then|also)\\s+(?:also\\s+|then\\s+)?(?=(?:${OPENER})\\b)|;\\s*`,
  'i',
);
const LIST_ITEM = /^\s*(?:[-*•]|\d{1,2}[.)])\s+(.+)$/;

/** The parts of a question that can be answered on their own: list items, sentences, clauses. At least one. */
export function splitQuestion(question: string): string[] {
  const items = question.split('\n').flatMap((line) => LIST_ITEM.exec(line)?.[1]?.trim() ?? []);
  const sources = items.length > 1 ? items : sentencesOf(question);
  const parts = sources
    .flatMap((source) => source.split(NEW_CLAUSE))
    .flatMap(splitSubjects)
    .map((part) => part.trim());
  const useful = unique(parts.filter((part) => stemsOf(part).length > 0));
  return useful.length > 0 ? useful.map(asQuestion) : [question.trim()];
}

/** Statements before a question are its context, not parts of it; without a question mark all of them count. */
function sentencesOf(question: string): string[] {
  const sentences = question.split(/(?<=[?!.])\s+(?=[\p{Lu}\p{N}"'`(])/u).map((sentence) => sentence.trim());
  const asking = sentences.filter((sentence) => sentence.endsWith('?'));
  return asking.length > 0 ? asking : [question.trim()];
}

const SUBJECTS =
  /^((?:please\s+)?(?:explain|describe|summari[sz]e|what\s+(?:is|are)|how\s+do(?:es)?))\s+(.+?)(\s+works?)?\s*[.?!]*$/i;
const LONGEST_SUBJECT = 4;

/** "Explain A, B and C" and "How do A and B work?" ask about each subject; a list inside a longer phrase stays whole. */
function splitSubjects(clause: string): string[] {
  const [, head, list, tail = ''] = SUBJECTS.exec(clause.trim()) ?? [];
  if (head === undefined || list === undefined || (/^how/i.test(head) && tail === '')) return [clause];
  const subjects = list.split(/,\s*(?:and\s+)?|\s+and\s+/i).map((subject) => subject.trim());
  const simple = (subject: string): boolean =>
    subject.split(/\s+/).length <= LONGEST_SUBJECT &&
    !/\b(of|in|for|between|from|with|to|by|that|which)\b/i.test(subject) &&
    queryTerms(subject.toLowerCase()).some(({ weight }) => weight >= 1);
  return subjects.length > 1 && subjects.every(simple)
    ? subjects.map((subject) => `${head} ${subject}${tail}`)
    : [clause];
}

/** A clause cut out of a question gets its question mark back. */
function asQuestion(part: string): string {
  const clause = part.replace(/[\s,;:]+$/, '');
  const text = clause.slice(0, 1).toUpperCase() + clause.slice(1);
  if (!new RegExp(`^(?:${OPENER})\\b`, 'i').test(text) || /[?.!]$/.test(text)) return text;
  return /^(explain|describe|compare|list|summari|name)/i.test(text) ? text : `${text}?`;
}

/**
 * At least `min` and at most `max` questions to look for: the parts, and while they are too few, variants made of the key terms
 * of the whole, each keeping all the terms that name something.
 */
export function subQuestions(question: string, min: number, max: number): string[] {
  const parts = splitQuestion(question);
  const wanted = Math.min(max, parts.length > 1 ? Math.max(min, parts.length) : Math.max(min, Math.min(2, max)));
  const terms = queryTerms(question);
  const key = terms.filter(({ weight }) => weight >= 1).map(({ surface }) => surface);
  const subject = (key.length > 0 ? key : terms.map(({ surface }) => surface)).join(' ');
  const variants =
    subject === ''
      ? []
      : [subject, `What do the documents say about ${subject}?`, ...ASPECTS.map((aspect) => `${aspect} ${subject}`)];
  return unique([...parts, ...variants]).slice(0, wanted);
}

const ASPECTS = ['Definition:', 'Reasons:', 'Examples:', 'Limits:', 'Steps:', 'Exceptions:'];

/** The words of a question that name something, strongest first, for a keyword search. */
export function keyTerms(question: string): string[] {
  return queryTerms(question)
    .toSorted((a, b) => b.weight - a.weight)
    .map(({ surface }) => surface);
}

function unique(texts: readonly string[]): string[] {
  const seen = new Set<string>();
  return texts.filter((text) => {
    const key = text.toLowerCase().replaceAll(/\W+/g, ' ').trim();
    return key !== '' && !seen.has(key) && seen.add(key);
  });
}
