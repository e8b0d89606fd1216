import {
  ANSWERED,
  CHECKED,
  END_LINE,
  FILE,
  isLineName,
  named,
  OWN_QUESTION,
  QUOTED_TEXT,
  RUNNING_TEXT,
} from './names.ts';
import { type Sentence, splitSentences } from './sentences.ts';

export type Scalar = string | number | boolean;

/** A sentence that may be quoted, with where it stands. */
export interface Quotable {
  text: string;
  kind: Sentence['kind'];
  line: number | undefined;
}

/** A stretch of material: sentences that belong together and the fields of the record they came from. */
export interface Passage {
  file: string | undefined;
  line: number | undefined;
  endLine: number | undefined;
  sentences: Quotable[];
  /** The scalar fields of the record and, where it has none of that name, of those around it. */
  fields: Readonly<Record<string, Scalar>>;
  /** The question an earlier step says this passage answers. */
  answers: string | undefined;
  /** Whether that step says it does: a record around the passage has `answered: true` or the like. */
  vouched: boolean;
}

/** A question an earlier step dealt with, and whether it says it is answered. */
export interface EarlierAnswer {
  question: string;
  answered: boolean;
}

type Fields = Readonly<Record<string, Scalar>>;

/**
 * Finds passages in any JSON: every object with a text-like field is one, located by its own file-like and line-like fields
 * or those of the objects around it. Records inside one that has text (the sentences of a passage) are its sentences. What an
 * earlier step marked as not answered is left out.
 */
export function passagesIn(value: unknown, around: Fields = {}): Passage[] {
  if (Array.isArray(value)) return value.flatMap((item) => passagesIn(item, around));
  if (!isObject(value)) return [];
  if (hasFalse(value, ANSWERED)) return [];
  const inner = scalarsOf(value);
  const fields = { ...inner, ...without(around, inner) };
  const nested = Object.values(value).filter((child) => typeof child === 'object' && child !== null);
  const own = hasFalse(value, CHECKED) ? [] : ownSentences(value, fields);
  if (own.length === 0) return nested.flatMap((child) => passagesIn(child, fields));
  return [
    passageOf(fields, own),
    ...nested.filter((child) => !isSentenceList(child)).flatMap((child) => passagesIn(child, fields)),
  ];
}

/** The questions earlier steps report on, anywhere in the value. */
export function earlierAnswers(value: unknown): EarlierAnswer[] {
  if (Array.isArray(value)) return value.flatMap(earlierAnswers);
  if (!isObject(value)) return [];
  const flag = Object.entries(value).find(([name, child]) => typeof child === 'boolean' && named(name, ANSWERED))?.[1];
  const question = textField(scalarsOf(value), OWN_QUESTION);
  const own = question === undefined || typeof flag !== 'boolean' ? [] : [{ question, answered: flag }];
  return [...own, ...Object.values(value).flatMap(earlierAnswers)];
}

/** A passage from text that is not JSON, such as the answer of a tool that returns a file. */
export function passageFromText(text: string, fields: Fields = {}): Passage {
  return passageOf(fields, quotablesOf(text, asLine(pickLine(fields))));
}

/** Flags found anywhere in the value by which something reports the outcome of a check. */
export function checksIn(value: unknown): boolean[] {
  if (Array.isArray(value)) return value.flatMap(checksIn);
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, child]) =>
    typeof child === 'boolean' ? (named(name, CHECKED) ? [child] : []) : checksIn(child),
  );
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function hasFalse(value: Record<string, unknown>, names: ReadonlySet<string>): boolean {
  return Object.entries(value).some(([name, flag]) => flag === false && named(name, names));
}

function without(around: Fields, inner: Fields): Fields {
  return Object.fromEntries(Object.entries(around).filter(([name]) => !(name in inner)));
}

function passageOf(fields: Fields, sentences: Quotable[]): Passage {
  const file = pick(fields, FILE);
  return {
    file: file === undefined ? undefined : String(file),
    line: asLine(pickLine(fields)),
    endLine: asLine(pick(fields, END_LINE)),
    sentences,
    fields,
    answers: textField(fields, OWN_QUESTION),
    vouched: Object.entries(fields).some(([name, flag]) => flag === true && named(name, ANSWERED)),
  };
}

/** Sentences listed one by one win over the same text as a whole: their lines are exact. */
function ownSentences(value: Record<string, unknown>, fields: Fields): Quotable[] {
  const listed = Object.values(value).filter(isSentenceList);
  if (listed.length > 0) return listed.flatMap((list) => list.flatMap((item) => quotablesIn(item)));
  for (const [name, child] of Object.entries(value)) {
    if (Array.isArray(child) && child.every((item) => typeof item === 'string') && isTextName(name)) {
      return child.map((text) => ({ text: text.trim(), kind: 'prose' as const, line: undefined }));
    }
  }
  return quotablesIn(value, fields);
}

/** An array of records that have text but no file of their own, inside a record that has. */
function isSentenceList(value: unknown): value is Record<string, unknown>[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every(
      (item) => isObject(item) && pick(scalarsOf(item), FILE) === undefined && quotablesIn(item).length > 0,
    ) &&
    value.every((item) => isObject(item) && pickLine(scalarsOf(item)) !== undefined)
  );
}

function quotablesIn(value: Record<string, unknown>, fields: Fields = scalarsOf(value)): Quotable[] {
  const line = asLine(pickLine(fields));
  const scalars = scalarsOf(value);
  const quote = textField(scalars, QUOTED_TEXT);
  if (quote !== undefined) return [{ text: quote.trim(), kind: 'prose', line }];
  const text = textField(scalars, RUNNING_TEXT);
  return text === undefined ? [] : quotablesOf(text, line);
}

function quotablesOf(text: string, firstLine: number | undefined): Quotable[] {
  return splitSentences(text).map(({ text: sentence, kind, offset }) => ({
    text: sentence,
    kind,
    line: firstLine === undefined ? undefined : firstLine + newlines(text, offset),
  }));
}

function newlines(text: string, end: number): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at !== -1 && at < end; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}

const isTextName = (name: string): boolean => named(name, QUOTED_TEXT) || named(name, RUNNING_TEXT);

function scalarsOf(value: Record<string, unknown>): Record<string, Scalar> {
  const scalars: Record<string, Scalar> = {};
  for (const [name, child] of Object.entries(value)) {
    if (typeof child === 'string' || typeof child === 'number' || typeof child === 'boolean') scalars[name] = child;
  }
  return scalars;
}

/** The first field whose name is in the set. */
export function pick(fields: Fields, names: ReadonlySet<string>): Scalar | undefined {
  for (const [name, value] of Object.entries(fields))
    if (typeof value !== 'boolean' && named(name, names)) return value;
  return undefined;
}

const pickLine = (fields: Fields): Scalar | undefined =>
  Object.entries(fields).find(([name, value]) => typeof value === 'number' && isLineName(name))?.[1];

function textField(fields: Fields, names: ReadonlySet<string>): string | undefined {
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === 'string' && value.trim() !== '' && named(name, names)) return value;
  }
  return undefined;
}

function asLine(value: Scalar | undefined): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) ? value : undefined;
}
