import type { Scored } from './evidence.ts';
import type { Place } from './fill.ts';
import {
  COUNT,
  END_LINE,
  FILE,
  ID,
  isLineName,
  KEYWORD,
  named,
  nameWords,
  QUESTION,
  QUOTED_TEXT,
  RUNNING_TEXT,
  SCORE,
} from './names.ts';
import { pick } from './passages.ts';
import { keyTerms } from './questions.ts';
import type { Schema } from './schema.ts';

/** A string for which the material has nothing. */
export const NO_EVIDENCE = Symbol('no evidence');

const ANSWER_SENTENCES = 3;
const TITLE = new Set(['title', 'heading', 'headline', 'name', 'subject']);
const CITED = /\[\s*file\s*:\s*line\s*\]/i;

/** A text for a property: by the record's own field of that name, then by what the name or the description says it holds. */
export function stringFor(name: string, schema: Schema, place: Place): string | typeof NO_EVIDENCE {
  const { findings, scored, position } = place;
  const own = scored?.passage.fields[name];
  const isText = named(name, QUOTED_TEXT) || named(name, RUNNING_TEXT);
  if (own !== undefined && !isText) return String(own);
  if (named(name, QUESTION)) return findings.question;
  const source = scored ?? findings.best[0];
  if (named(name, FILE)) return source?.passage.file ?? '';
  if (named(name, ID))
    return String(
      pick(scored?.passage.fields ?? {}, ID) ?? (position === undefined ? '' : `${idPrefix(name)}${position}`),
    );
  if (named(name, TITLE)) return titleOf(source) ?? findings.question;
  if (named(name, KEYWORD)) return keyTerms(findings.question).join(' ');
  if (!isText && findings.given[name] !== undefined && scored === undefined) return String(findings.given[name]);
  if (scored !== undefined) return scored.quotable.text;
  if (!isText && !findings.material) return findings.question;
  if (!findings.answered) return NO_EVIDENCE;
  const one = named(name, QUOTED_TEXT) || /\b(one|single|exact|verbatim)\b/i.test(schema.description ?? '');
  return one
    ? (findings.best[0]?.quotable.text ?? NO_EVIDENCE)
    : answerText(findings.best, CITED.test(schema.description ?? ''), schema.maxLength);
}

/** The best few sentences as one text, with `[file:line]` after each when that is asked for. */
export function answerText(best: readonly Scored[], cited = false, maxLength = Number.POSITIVE_INFINITY): string {
  let text = '';
  for (const { quotable, passage } of best.slice(0, ANSWER_SENTENCES)) {
    const line = quotable.line ?? passage.line;
    const citation =
      cited && passage.file !== undefined ? ` [${passage.file}${line === undefined ? '' : `:${line}`}]` : '';
    const next = `${quotable.text}${citation}`;
    const gap = text === '' ? '' : /[.!?:\])"”]$/.test(text) ? ' ' : '\n';
    if (text !== '' && text.length + gap.length + next.length > maxLength) break;
    text += gap + next;
  }
  return text;
}

/** A number for a property: a line of the record, a share of covered terms, a count; else the least allowed. */
export function numberFor(name: string, schema: Schema, place: Place): number {
  const { findings, scored } = place;
  const source = scored ?? findings.best[0];
  const line = source?.quotable.line ?? source?.passage.line;
  const { minimum = 0, maximum = Number.POSITIVE_INFINITY } = schema;
  const clamp = (value: number): number => {
    const whole = schema.type === 'integer' ? Math.round(value) : value;
    return Math.min(maximum, Math.max(minimum, whole));
  };
  if (named(name, END_LINE)) return clamp(source?.passage.endLine ?? line ?? minimum);
  if (isLineName(name)) return clamp(line ?? minimum);
  if (named(name, SCORE)) {
    const share = scored === undefined ? findings.confidence : Math.round(50 * (scored.own + scored.around)) / 100;
    return clamp(Number.isFinite(maximum) && maximum > 1 ? share * maximum : share);
  }
  const own = scored?.passage.fields[name] ?? findings.given[name];
  if (typeof own === 'number') return clamp(own);
  if (named(name, COUNT)) return clamp(findings.best.length);
  if (typeof schema.default === 'number') return clamp(schema.default);
  return clamp(minimum);
}

function titleOf(source: Scored | undefined): string | undefined {
  const { fields, sentences } = source?.passage ?? { fields: {}, sentences: [] };
  const title = pick(fields, TITLE);
  return title === undefined ? sentences.find(({ kind }) => kind === 'heading')?.text : String(title);
}

function idPrefix(name: string): string {
  const [first = 'n', ...rest] = nameWords(name);
  return rest.length === 0 ? 'n' : first.slice(0, 1);
}
