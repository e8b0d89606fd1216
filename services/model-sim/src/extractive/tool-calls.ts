import { isDeepStrictEqual } from 'node:util';
import type { Tool } from '../request.ts';
import type { Conversation } from './conversation.ts';
import type { Evidence, Scored } from './evidence.ts';
import { Filler, type Place } from './fill.ts';
import { END_LINE, FILE, isLineName, named, QUOTED_TEXT, RUNNING_TEXT } from './names.ts';
import { isObject } from './passages.ts';
import { keyTerms, splitQuestion } from './questions.ts';
import { resolveSchema, type Schema, typeOf } from './schema.ts';

export interface ToolCall {
  name: string;
  input: Record<string, unknown>;
}

/** How many searches and how many passages one conversation is worth. */
const MAX_SEARCHES = 3;
const MAX_READS = 3;
const SEARCH_TERM = new Set([
  'query',
  'question',
  'q',
  'search',
  'keyword',
  'term',
  'topic',
  'text',
  'pattern',
  'phrase',
]);

/** The calls worth making now: search first, then read where the best hits are, then check what is to be checked. */
export function usefulCalls(
  tools: readonly Tool[],
  conversation: Conversation,
  evidence: Evidence,
  place: Place,
): ToolCall[] {
  const fresh = (calls: ToolCall[]): ToolCall[] => calls.filter((call) => !wasMade(call, conversation));
  const searches = fresh(tools.flatMap((tool) => searchCalls(tool, conversation)));
  if (searches.length > 0) return searches;
  const reads = fresh(tools.flatMap((tool) => readCalls(tool, conversation, place)));
  if (reads.length > 0) return reads;
  return fresh(tools.flatMap((tool) => checkCalls(tool, conversation, evidence, place)));
}

/** A call of one tool the caller insists on; what the conversation does not give is filled like an answer. */
export function forcedCall(tool: Tool, conversation: Conversation, evidence: Evidence, place: Place): ToolCall {
  const own = [
    ...searchCalls(tool, conversation),
    ...readCalls(tool, conversation, place),
    ...checkCalls(tool, conversation, evidence, place),
  ];
  const input = own[0]?.input ?? (new Filler(tool.input_schema, evidence).fill(place) as Record<string, unknown>);
  return { name: tool.name, input };
}

function wasMade(call: ToolCall, { exchanges }: Conversation): boolean {
  return exchanges.some(({ name, input }) => name === call.name && isDeepStrictEqual(input, call.input));
}

/** One search per part of the question; when all found nothing, one more with the bare key terms. */
function searchCalls(tool: Tool, { question, exchanges }: Conversation): ToolCall[] {
  const { properties, required } = propertiesOf(tool);
  const query = properties.find(([name, schema]) => typeOf(schema) === 'string' && named(name, SEARCH_TERM))?.[0];
  const others = required.filter((name) => name !== query);
  if (query === undefined || question === '' || hasPlace(properties)) return [];
  const extra = defaults(properties, others);
  if (extra === undefined) return [];
  const made = exchanges.filter(({ name }) => name === tool.name);
  const byPart = splitQuestion(question).slice(0, MAX_SEARCHES);
  const empty = made.length > 0 && made.every(({ result, isError }) => !isError && nothingIn(result));
  const queries = empty ? [keyTerms(question).join(' ')] : made.length > 0 ? [] : byPart;
  return queries.filter((text) => text !== '').map((text) => ({ name: tool.name, input: { ...extra, [query]: text } }));
}

/** Reads where the best hits are, unless that place was read before. */
function readCalls(tool: Tool, { exchanges }: Conversation, { findings }: Place): ToolCall[] {
  const { properties, required } = propertiesOf(tool);
  const file = properties.find(([name, schema]) => typeOf(schema) === 'string' && named(name, FILE))?.[0];
  if (file === undefined || properties.some(([name]) => named(name, QUOTED_TEXT))) return [];
  const made = exchanges.filter(({ name }) => name === tool.name).length;
  const first = findings.parts.flatMap(({ ranked }) => ranked.slice(0, 1));
  const hits = distinctPlaces([
    ...findings.parts.flatMap(({ best, ranked }) => [...best, ...ranked.filter(worthReading)]),
    ...first,
  ]);
  return hits.slice(0, Math.max(0, MAX_READS - made)).flatMap((hit) => {
    const input = placeInput(hit, file, properties, required);
    return input === undefined ? [] : [{ name: tool.name, input }];
  });
}

const worthReading = ({ own, around }: Scored): boolean => own >= 0.2 && around >= 0.3;

function placeInput(
  { passage, quotable }: Scored,
  file: string,
  properties: readonly (readonly [string, Schema])[],
  required: readonly string[],
): Record<string, unknown> | undefined {
  const line = quotable.line ?? passage.line;
  const input: Record<string, unknown> = { [file]: passage.file };
  for (const [name, schema] of properties) {
    if (name === file) continue;
    const mustHave = required.includes(name);
    const lastLine = passage.endLine ?? (mustHave ? line : undefined);
    const value = named(name, END_LINE)
      ? lastLine
      : isLineName(name)
        ? line
        : mustHave
          ? passage.fields[name]
          : undefined;
    if (value !== undefined) input[name] = value;
    else if (mustHave) {
      const fallback = defaultOf(schema);
      if (fallback === undefined) return undefined;
      input[name] = fallback;
    }
  }
  return input;
}

/** A tool that takes a list of quotes with their places gets those the user gave, or those found. */
function checkCalls(tool: Tool, conversation: Conversation, evidence: Evidence, place: Place): ToolCall[] {
  const { properties, required } = propertiesOf(tool);
  const list = properties.find(([, schema]) => typeOf(schema) === 'array' && isQuoteList(schema, tool))?.[0];
  if (list === undefined) return [];
  const extra = defaults(
    properties,
    required.filter((name) => name !== list),
  );
  if (extra === undefined) return [];
  const given = conversation.data.flatMap((value) =>
    isObject(value) && Array.isArray(value[list]) ? [value[list]] : [],
  )[0];
  const schema = properties.find(([name]) => name === list)?.[1];
  const filled: unknown =
    given ?? new Filler({ ...tool.input_schema, type: 'object', properties: { [list]: schema } }, evidence).fill(place);
  const items = Array.isArray(filled) ? projected(filled, schema, tool) : (filled as Record<string, unknown[]>)[list];
  return items === undefined || items.length === 0 ? [] : [{ name: tool.name, input: { ...extra, [list]: items } }];
}

function isQuoteList(schema: Schema, tool: Tool): boolean {
  const names = Object.keys(resolveSchema(schema.items, tool.input_schema).properties ?? {});
  return (
    names.some((name) => named(name, FILE)) &&
    names.some((name) => named(name, QUOTED_TEXT) || named(name, RUNNING_TEXT))
  );
}

/** Only the fields the tool knows. */
function projected(items: readonly unknown[], schema: Schema | undefined, tool: Tool): unknown[] {
  const known = Object.keys(resolveSchema(schema?.items, tool.input_schema).properties ?? {});
  return items
    .filter(isObject)
    .map((item) => Object.fromEntries(Object.entries(item).filter(([name]) => known.includes(name))));
}

function distinctPlaces(hits: readonly Scored[]): Scored[] {
  const seen = new Set<string>();
  return hits.filter(({ passage, quotable }) => {
    if (passage.file === undefined) return false;
    const key = `${passage.file}:${Math.floor((passage.line ?? quotable.line ?? 0) / 10)}`;
    return !seen.has(key) && seen.add(key);
  });
}

function propertiesOf(tool: Tool): { properties: [string, Schema][]; required: string[] } {
  const { properties = {}, required = [] } = resolveSchema(tool.input_schema, tool.input_schema);
  return {
    properties: Object.entries(properties).map(([name, schema]) => [name, resolveSchema(schema, tool.input_schema)]),
    required,
  };
}

/** A tool that names a place reads; it does not search. */
const hasPlace = (properties: readonly (readonly [string, Schema])[]): boolean =>
  properties.some(([name]) => named(name, FILE)) && properties.some(([name]) => isLineName(name));

/** Values for required properties nothing in the conversation gives; undefined when one has no safe value. */
function defaults(
  properties: readonly (readonly [string, Schema])[],
  names: readonly string[],
): Record<string, unknown> | undefined {
  const input: Record<string, unknown> = {};
  for (const name of names) {
    const value = defaultOf(properties.find(([other]) => other === name)?.[1] ?? {});
    if (value === undefined) return undefined;
    input[name] = value;
  }
  return input;
}

const DEFAULT_COUNT = 5;

function defaultOf(schema: Schema): unknown {
  if (schema.default !== undefined) return schema.default;
  if ('const' in schema) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  const type = typeOf(schema);
  if (type === 'integer' || type === 'number')
    return Math.min(schema.maximum ?? DEFAULT_COUNT, Math.max(schema.minimum ?? 0, DEFAULT_COUNT));
  return type === 'boolean' ? false : undefined;
}

function nothingIn(result: unknown): boolean {
  if (typeof result === 'string') return result.trim() === '';
  if (Array.isArray(result)) return result.length === 0;
  return isObject(result) && Object.values(result).every((value) => !Array.isArray(value) || value.length === 0);
}
