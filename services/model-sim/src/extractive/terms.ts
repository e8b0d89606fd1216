/** Words that carry no topic. */
const STOPWORDS: ReadonlySet<string> = new Set(
  `a about above after again against all also am an and any are as at be because been before being below between both but by
  can could did do does doing done down during each either else ever every few for from further had has have having he her here
  hers him his how i if in into is it its itself just let like may me might more most much must my neither no nor not now of off
  on once only or other our ours out over own per please shall she should so some such than that the their theirs them then there
  these they this those through to too under until up upon us very was we were what when where which while who whom whose why will
  with within without would yes you your yours according document documents documentation docs text file files question answer`
    .split(/\s+/)
    .filter((word) => word !== ''),
);

/** Words that shape a question more than they name its subject; they count less. */
const GENERIC: ReadonlySet<string> = new Set(
  `work works working use uses used using happen happens happened mean means meaning explain describe tell show list give name
  say says said make makes made get gets got need needs want know find found way ways thing things kind kinds type types part
  parts example examples difference different detail details many exactly actually choose chooses chosen decide decides decided
  possible called look looks take takes come comes go goes keep keeps see first main important role purpose reason`
    .split(/\s+/)
    .filter((word) => word !== ''),
);

const WORD = /[\p{L}\p{N}]+(?:['’]\p{L}+)?/gu;
const SUFFIXES = ['ations', 'ation', 'ments', 'ment', 'ings', 'ing', 'edly', 'ies', 'ed', 'es', 'ly', 's'];
const SHORTEST_STEM = 3;

/** Cuts an English word to a form its inflections share. Not linguistics: only equality of two results means anything. */
export function stem(word: string): string {
  let root = word;
  for (const suffix of SUFFIXES) {
    if (!root.endsWith(suffix) || root.length - suffix.length < SHORTEST_STEM) continue;
    if (suffix === 's' && /(ss|us|is)$/.test(root)) continue;
    root = root.slice(0, -suffix.length) + (suffix === 'ies' ? 'y' : '');
    break;
  }
  if (root.length > SHORTEST_STEM && root.endsWith('e')) root = root.slice(0, -1);
  if (root.length > SHORTEST_STEM && /([bdfgmnprt])\1$/.test(root)) root = root.slice(0, -1);
  return root;
}

interface Word {
  surface: string;
  lower: string;
  offset: number;
}

function wordsOf(text: string): Word[] {
  return Array.from(text.matchAll(WORD), (match) => {
    const surface = match[0].replace(/['’]\p{L}+$/u, '');
    return { surface, lower: surface.toLowerCase(), offset: match.index };
  });
}

/** The stems of the words of a text that are not stopwords, in order, repeated as often as they occur. */
export function stemsOf(text: string): string[] {
  return wordsOf(text).flatMap(({ lower }) => (STOPWORDS.has(lower) ? [] : [stem(lower)]));
}

/** A word of a question that names something. */
export interface QueryTerm {
  stem: string;
  surface: string;
  /** 0.3 for a generic word, 1 for a normal one, 2 for a name, a number or quoted word. */
  weight: number;
}

/** The informative terms of a question, each once. */
export function queryTerms(question: string): QueryTerm[] {
  const quoted = new Set(
    Array.from(question.matchAll(/[`"“']([^`"”']+)[`"”']/g), (match) => match[1]).flatMap((q) => stemsOf(q ?? '')),
  );
  const terms = new Map<string, QueryTerm>();
  for (const { surface, lower, offset } of wordsOf(question)) {
    if (STOPWORDS.has(lower) || (lower.length < 2 && !/\d/.test(lower))) continue;
    const root = stem(lower);
    const weight = GENERIC.has(lower) ? 0.3 : isName(question, surface, offset) || quoted.has(root) ? 2 : 1;
    const known = terms.get(root);
    if (known === undefined || known.weight < weight) terms.set(root, { stem: root, surface, weight });
  }
  return [...terms.values()];
}

/** Capitalised inside a sentence, in capitals, or with a digit. */
function isName(question: string, surface: string, offset: number): boolean {
  if (/\d/.test(surface)) return true;
  if (!/^\p{Lu}/u.test(surface)) return false;
  const before = question.slice(0, offset).trimEnd();
  return /^\p{Lu}{2,}/u.test(surface) || !(before === '' || /[.!?:;\n]["'(]*$/.test(before));
}

/** Whether two stems are close enough to be one word: equal, or one begins with the other. */
export function sameWord(a: string, b: string): boolean {
  if (a === b) return true;
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  return short.length >= 5 && long.length - short.length <= 3 && long.startsWith(short);
}
