/** The lower-case words of a property name: `subQuestions` and `sub_questions` are both `['sub', 'questions']`. */
export function nameWords(name: string): string[] {
  return name
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z\d]+/)
    .filter((word) => word !== '');
}

const singular = (word: string): string =>
  word.endsWith('ies') ? `${word.slice(0, -3)}y` : word.replace(/(?<=[^s])s$/, '');

/** Whether the name's last word, or the name as a whole, is in the set; plural or singular. */
export function named(name: string, set: ReadonlySet<string>): boolean {
  const words = nameWords(name).map(singular);
  return set.has(words.at(-1) ?? '') || set.has(words.join(''));
}

const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/).filter((word) => word !== ''));

/** A name for the line something starts at; `endLine` is none. */
export const isLineName = (name: string): boolean => named(name, LINE) && !named(name, END_LINE);

/** Field names by what they hold, the most verbatim text first. */
export const QUOTED_TEXT = words(
  'quote quotation sentence claim statement fact excerpt finding point evidence highlight',
);
export const RUNNING_TEXT = words('text passage snippet content body paragraph line summary abstract answer');
export const QUESTION = words('question subquestion query ask topic goal request task prompt q');
export const OWN_QUESTION = words('question subquestion ask');
export const FILE = words('file path filename filepath source document doc uri url location');
export const LINE = words('line lineno linenumber startline linestart firstline');
export const END_LINE = words('endline lineend lastline');
export const ID = words('id key ref passageid');
export const KEYWORD = words('keyword term tag topic entity phrase');
export const GAP = words('gap missing unanswered open limitation unknown unresolved');
export const SCORE = words('confidence score probability certainty relevance coverage similarity rating');
export const COUNT = words('count total number');
export const POSITIVE = words(
  'answered answerable supported valid found verified relevant sufficient complete ok approved approve correct passed accept accepted success grounded consistent resolved',
);
export const NEGATIVE = words(
  'missing unknown unanswered invalid unsupported insufficient incomplete rejected contradicted failed wrong hallucinated unresolved',
);
/** Flags whose `false` says that nothing inside the record answers anything. */
export const ANSWERED = words('answered answerable supported relevant found grounded');
/** Flags by which a tool or an earlier step reports that it checked something. */
export const CHECKED = words('ok valid verified verbatim match matches passed');
/** Questions of form, judged by checks and not by whether the question was answered. */
export const REVIEW = words(
  'valid ok approved approve accept accepted passed correct verdict decision status consistent',
);
