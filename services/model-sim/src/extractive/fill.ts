import type { Evidence, Scored } from './evidence.ts';
import { type Findings, narrowed } from './findings.ts';
import { choose } from './choose.ts';
import { KEYWORD, FILE, GAP, ID, named, OWN_QUESTION, QUESTION, QUOTED_TEXT } from './names.ts';
import { keyTerms, subQuestions } from './questions.ts';
import { NO_EVIDENCE, numberFor, stringFor } from './scalars.ts';
import { allowsNull, resolveSchema, type Schema, typeOf } from './schema.ts';

/** Where in the answer a value stands. */
export interface Place {
  findings: Findings;
  /** The sentence whose record is being filled, inside an item of a list of evidence. */
  scored: Scored | undefined;
  /** The 1-based position in the list being filled. */
  position: number | undefined;
  /** What a value is when there is no evidence for it. */
  notFound: string;
}

const DEFAULT_ITEMS = 5;
const MAX_ITEMS = 50;
const MAX_DEPTH = 12;

/** Fills a JSON Schema with sentences of the evidence, fields of their records and figures computed from them. */
export class Filler {
  readonly #root: unknown;
  readonly #evidence: Evidence;

  constructor(root: unknown, evidence: Evidence) {
    this.#root = root;
    this.#evidence = evidence;
  }

  fill(place: Place): unknown {
    return this.#value('', this.#root, place, 0);
  }

  #value(name: string, raw: unknown, place: Place, depth: number): unknown {
    const schema = resolveSchema(raw, this.#root);
    if (depth > MAX_DEPTH) return null;
    if ('const' in schema) return schema.const;
    const variants = schema.anyOf ?? schema.oneOf;
    if (variants !== undefined) return this.#variant(name, variants, place, depth);
    if (schema.enum !== undefined) return choose(name, schema.enum, place);
    switch (typeOf(schema)) {
      case 'object':
        return this.#object(schema, place, depth);
      case 'array':
        return this.#array(name, schema, place, depth);
      case 'boolean':
        return choose(name, [true, false], place);
      case 'number':
      case 'integer':
        return numberFor(name, schema, place);
      case 'null':
        return null;
      case 'string':
      default: {
        const text = stringFor(name, schema, place);
        return text === NO_EVIDENCE
          ? allowsNull(schema)
            ? null
            : withinLength(place.notFound, schema)
          : withinLength(text, schema);
      }
    }
  }

  /** Without evidence `null` where it is allowed; else the first variant that is not `null`. */
  #variant(name: string, variants: readonly unknown[], place: Place, depth: number): unknown {
    const resolved = variants.map((variant) => resolveSchema(variant, this.#root));
    const constants = resolved.flatMap((variant) => ('const' in variant ? [variant.const] : []));
    if (constants.length === resolved.length) return choose(name, constants, place);
    const nullable = resolved.some((variant) => variant.type === 'null');
    if (nullable && !place.findings.answered && place.scored === undefined) return null;
    const index = resolved.findIndex((variant) => variant.type !== 'null');
    return this.#value(name, variants[Math.max(0, index)], place, depth + 1);
  }

  #object(schema: Schema, place: Place, depth: number): Record<string, unknown> {
    const required = new Set(schema.required);
    const filled: Record<string, unknown> = {};
    for (const [name, property] of Object.entries(schema.properties ?? {})) {
      const value = this.#value(name, property, place, depth + 1);
      if (value === undefined || (value === null && !required.has(name))) continue;
      filled[name] = value;
    }
    return filled;
  }

  #array(name: string, schema: Schema, place: Place, depth: number): unknown[] {
    const items = resolveSchema(schema.items ?? { type: 'string' }, this.#root);
    const min = schema.minItems ?? 0;
    const max = Math.min(schema.maxItems ?? Math.max(DEFAULT_ITEMS, min), MAX_ITEMS);
    const { findings } = place;
    if (typeOf(items) === 'object') {
      const names = Object.keys(items.properties ?? {});
      const questions = names.some((key) => named(key, QUESTION) || named(key, OWN_QUESTION)) || named(name, QUESTION);
      const located = names.some((key) => named(key, FILE) || named(key, QUOTED_TEXT));
      if (questions && !located) return this.#perQuestion(name, items, place, min, max, depth);
      return this.#perSentence(min, max, place).map((scored, index) =>
        this.#value(name, items, { ...place, scored, position: index + 1 }, depth + 1),
      );
    }
    if (typeOf(items) !== 'string') return [];
    if (items.enum !== undefined) return findings.answered || min > 0 ? [choose(name, items.enum, place)] : [];
    if (named(name, GAP))
      return findings.parts
        .filter((part) => !part.answered)
        .map((part) => part.question)
        .slice(0, max);
    if (named(name, QUESTION)) return subQuestions(findings.question, min, max);
    if (named(name, KEYWORD)) return keyTerms(findings.question).slice(0, max);
    const sentences = this.#perSentence(min, max, place);
    if (named(name, FILE)) return distinct(sentences.flatMap(({ passage }) => passage.file ?? []));
    if (named(name, ID)) {
      const ids = sentences.map((scored) => stringFor(name, items, { ...place, scored }));
      return distinct(ids.filter((id) => typeof id === 'string' && id !== '') as string[]);
    }
    return sentences.map(({ quotable }) => withinLength(quotable.text, items));
  }

  #perQuestion(name: string, items: Schema, place: Place, min: number, max: number, depth: number): unknown[] {
    return subQuestions(place.findings.question, min, max).map((question, index) => {
      const findings = narrowed(place.findings, question, this.#evidence);
      return this.#value(name, items, { ...place, findings, scored: undefined, position: index + 1 }, depth + 1);
    });
  }

  /** The answering sentences; with too few for `min`, lesser ones of the same question, but only beside real evidence. */
  #perSentence(min: number, max: number, { findings, scored }: Place): Scored[] {
    if (scored !== undefined) return [scored];
    const { best, parts, answered } = findings;
    if (!answered || best.length >= min) return best.slice(0, max);
    const taken = new Set(best.map(({ quotable }) => quotable.text));
    const lesser = parts.flatMap(({ ranked }) => ranked).filter(({ quotable }) => !taken.has(quotable.text));
    return [...best, ...lesser.slice(0, min - best.length)];
  }
}

/** Cuts to `maxLength`; a text that is too short has nothing honest to be padded with. */
function withinLength(text: string, { maxLength }: Schema): string {
  return maxLength === undefined || text.length <= maxLength ? text : text.slice(0, maxLength).toWellFormed();
}

const distinct = (texts: readonly string[]): string[] => [...new Set(texts)];
