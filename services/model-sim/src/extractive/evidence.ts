import type { Passage, Quotable } from './passages.ts';
import { queryTerms, type QueryTerm, sameWord, stemsOf } from './terms.ts';

/** A sentence with how well it fits a question. */
export interface Scored {
  quotable: Quotable;
  passage: Passage;
  score: number;
  /** Share of the question's term weight in the sentence itself, 0 to 1. */
  own: number;
  /** The same for the sentence with its surroundings: neighbours, headings, file name. */
  around: number;
  /** Whether it may be given as an answer. */
  eligible: boolean;
}

/** What the material says about a question. */
export interface Judgement {
  question: string;
  answered: boolean;
  /** How much of the question the best evidence covers, 0 to 1, two decimals. */
  confidence: number;
  /** Sentences that answer, best first, without repetition. */
  best: Scored[];
  /** Every sentence that has any of the question's terms, best first. */
  ranked: Scored[];
}

/** A sentence answers only where its surroundings cover this share of the question's terms… */
const MIN_AROUND = 0.5;
/** …and it covers this share itself. */
const MIN_OWN = 0.3;
/** Sentences below this share of the best score are not given beside it. */
const SCORE_FLOOR = 0.5;
const NEIGHBOURS = 2;
const KIND_WEIGHT = { prose: 1, row: 0.5, code: 0.35, heading: 0.25 } as const;

interface Entry {
  quotable: Quotable;
  passage: Passage;
  stems: readonly string[];
  around: ReadonlySet<string>;
}

/** The sentences of all passages, ready to be ranked against questions. */
export class Evidence {
  readonly #entries: Entry[];
  readonly #frequency = new Map<string, number>();
  readonly #averageLength: number;

  constructor(passages: readonly Passage[]) {
    const located = passages.filter(({ file }) => file !== undefined);
    this.#entries = (located.length > 0 ? located : passages).flatMap(entriesOf);
    for (const { stems } of this.#entries) {
      for (const root of new Set(stems)) this.#frequency.set(root, (this.#frequency.get(root) ?? 0) + 1);
    }
    const total = this.#entries.reduce((sum, { stems }) => sum + stems.length, 0);
    this.#averageLength = total / Math.max(1, this.#entries.length);
  }

  get empty(): boolean {
    return this.#entries.length === 0;
  }

  /** Ranks the sentences for a question and decides whether they answer it. Ties keep the order of the material. */
  judge(question: string): Judgement {
    const terms = queryTerms(question);
    const matches = terms.map((term) => this.#matches(term));
    const presence = matches.every((roots, index) => roots.size > 0 || (terms[index]?.weight ?? 0) < 2) ? 1 : 0.5;
    const asked = question.trim();
    const ranked = this.#entries
      .filter(({ quotable }) => quotable.text !== asked)
      .map((entry) => this.#score(entry, question, terms, matches, presence))
      .filter(({ score, eligible }) => score > 0 || eligible)
      .toSorted((a, b) => b.score - a.score);
    const eligible = ranked.filter((scored) => scored.eligible);
    const floor = (eligible[0]?.score ?? 0) * SCORE_FLOOR;
    const best = withoutRepetition(eligible.filter(({ score }) => score >= floor));
    const strongest = (best.length > 0 ? best : ranked).reduce(
      (max, { own, around }) => Math.max(max, 0.5 * own + 0.5 * around),
      0,
    );
    const confidence = Math.round(100 * Math.min(0.99, best.length > 0 ? strongest : strongest * 0.5)) / 100;
    return { question, answered: best.length > 0, confidence, best, ranked };
  }

  /** The stems of the material that count as this term. */
  #matches(term: QueryTerm): ReadonlySet<string> {
    const found = new Set<string>();
    for (const root of this.#frequency.keys()) if (sameWord(root, term.stem)) found.add(root);
    for (const { around } of this.#entries) for (const root of around) if (sameWord(root, term.stem)) found.add(root);
    return found;
  }

  #score(
    entry: Entry,
    question: string,
    terms: readonly QueryTerm[],
    matches: readonly ReadonlySet<string>[],
    presence: number,
  ): Scored {
    const { quotable, passage, stems } = entry;
    let total = 0;
    let own = 0;
    let around = 0;
    let score = 0;
    let distinct = 0;
    for (const [index, { weight }] of terms.entries()) {
      total += weight;
      const roots = matches[index] ?? new Set();
      const times = stems.filter((root) => roots.has(root)).length;
      const near = times > 0 || some(roots, entry.around);
      if (near) around += weight;
      if (times === 0) {
        if (near) score += 0.2 * weight * this.#idf(roots);
        continue;
      }
      own += weight;
      distinct += weight < 1 ? 0 : 1;
      const length = 0.6 + 0.4 * (stems.length / Math.max(1, this.#averageLength));
      score += weight * this.#idf(roots) * ((times * 2.2) / (times + 1.2 * length));
    }
    own /= Math.max(total, 1e-9);
    around = (around / Math.max(total, 1e-9)) * presence;
    const needed = Math.min(2, terms.filter(({ weight }) => weight >= 1).length);
    const fits = around >= MIN_AROUND && own >= MIN_OWN && distinct >= needed && terms.length > 0;
    const asks = quotable.text.endsWith('?');
    return {
      quotable,
      passage,
      score: own === 0 ? 0 : score * KIND_WEIGHT[quotable.kind] * shapeOf(entry, question, terms) * (asks ? 0.3 : 1),
      own,
      around,
      eligible: (fits || this.#answersItsOwn(entry, question)) && !asks && quotable.kind !== 'heading',
    };
  }

  /** Evidence an earlier step found for its own part of the question still is evidence, if it fits that part. */
  #answersItsOwn({ passage, stems }: Entry, question: string): boolean {
    const { answers, vouched } = passage;
    if (answers === question) return vouched;
    if (answers === undefined) return false;
    const terms = queryTerms(answers);
    const asked = queryTerms(question);
    const covered = weightOf(terms.filter((term) => stems.some((root) => sameWord(root, term.stem))));
    const shared = terms.some((term) => asked.some((other) => sameWord(other.stem, term.stem)));
    return shared && terms.length > 1 && covered >= MIN_AROUND * weightOf(terms);
  }

  #idf(roots: ReadonlySet<string>): number {
    let documents = 0;
    for (const root of roots) documents += this.#frequency.get(root) ?? 0;
    const count = this.#entries.length;
    return Math.log(1 + (Math.max(count, documents) - documents + 0.5) / (documents + 0.5)) + 0.2;
  }
}

/** Questions ask for a kind of sentence: a definition, a reason, a number. */
function shapeOf({ quotable, stems }: Entry, question: string, terms: readonly QueryTerm[]): number {
  const asked = question.trim().toLowerCase();
  const short = (stems.length < 3 ? 0.5 : 1) * wholeness(quotable);
  if (/^(what|who)\s+(is|are|was|were)\b/.test(asked)) {
    const main = terms.filter(({ weight }) => weight >= 1);
    const opens = main.some(({ stem }) => stems.slice(0, 2).some((root) => sameWord(root, stem)));
    const defines = /^[^.]{0,80}?\b(is|are|was|were|means)\b/i.test(quotable.text);
    return short * (opens && defines ? 1.6 : opens ? 1.2 : 1);
  }
  if (/^why\b/.test(asked))
    return short * (/\b(because|since|so that|therefore|otherwise|reason)\b/i.test(quotable.text) ? 1.3 : 1);
  if (/^(how (many|much|long|often|old|far)|when)\b/.test(asked)) return short * (/\d/.test(quotable.text) ? 1.4 : 1);
  return short;
}

/** Prose that begins or ends in the middle of a sentence was cut by whoever fetched it. */
function wholeness({ text, kind }: Quotable): number {
  if (kind !== 'prose') return 1;
  return (/^\p{Ll}/u.test(text) ? 0.8 : 1) * (/[.!?:;)"”'`*。！？]$/.test(text) ? 1 : 0.7);
}

function entriesOf(passage: Passage): Entry[] {
  const { sentences, file, fields } = passage;
  const stems = sentences.map(({ text }) => stemsOf(text));
  const place = [file ?? '', fields['title'], fields['heading'], fields['section']].filter(
    (part) => typeof part === 'string',
  );
  const placeStems = place.flatMap((part) => stemsOf(part));
  let heading: readonly string[] = [];
  return sentences.map((quotable, index) => {
    if (quotable.kind === 'heading') heading = stems[index] ?? [];
    const near = stems.slice(Math.max(0, index - NEIGHBOURS), index + NEIGHBOURS + 1).flat();
    return { quotable, passage, stems: stems[index] ?? [], around: new Set([...near, ...heading, ...placeStems]) };
  });
}

/** Of sentences that contain one another only the better is kept, in its longer form when both stand in one file. */
export function withoutRepetition(sorted: readonly Scored[]): Scored[] {
  const kept: Scored[] = [];
  for (const candidate of sorted) {
    const text = plain(candidate.quotable.text);
    const twin = kept.findIndex(
      ({ quotable }) => plain(quotable.text).includes(text) || text.includes(plain(quotable.text)),
    );
    const other = kept[twin];
    if (other === undefined) kept.push(candidate);
    else if (text.length > plain(other.quotable.text).length && candidate.passage.file === other.passage.file)
      kept[twin] = candidate;
  }
  return kept;
}

const plain = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();
const weightOf = (terms: readonly QueryTerm[]): number => terms.reduce((sum, { weight }) => sum + weight, 0);

function some(roots: ReadonlySet<string>, around: ReadonlySet<string>): boolean {
  for (const root of roots) if (around.has(root)) return true;
  return false;
}
