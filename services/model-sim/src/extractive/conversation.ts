import type { MessagesRequest } from '../request.ts';
import { stemsOf } from './terms.ts';
import { splitJson } from './json-in-text.ts';
import { named, nameWords, QUESTION } from './names.ts';
import { isObject, type Passage, passageFromText, passagesIn, type Scalar } from './passages.ts';

/** One tool call of the conversation and what came back. */
export interface ToolExchange {
  name: string;
  input: unknown;
  /** The result parsed as JSON, or its text. */
  result: unknown;
  isError: boolean;
}

/** What an extractive reader needs of a conversation. */
export interface Conversation {
  question: string;
  /** JSON values in the user's text, oldest first. */
  data: unknown[];
  exchanges: ToolExchange[];
  /** Assistant messages that called tools. */
  toolTurns: number;
  passages: Passage[];
}

/** Reads the question, the data and the tool results out of a request. */
export function readConversation(request: MessagesRequest): Conversation {
  const texts: string[] = [];
  const documents: Passage[] = [];
  const calls = new Map<string, { name: string; input: unknown }>();
  const exchanges: ToolExchange[] = [];
  let toolTurns = 0;
  for (const { role, content } of request.messages) {
    const blocks = typeof content === 'string' ? [{ type: 'text' as const, text: content }] : content;
    if (blocks.some((block) => block.type === 'tool_use')) toolTurns += 1;
    for (const block of blocks) {
      if (block.type === 'text' && role === 'user') texts.push(block.text);
      else if (block.type === 'tool_use') calls.set(block.id, { name: block.name, input: block.input });
      else if (block.type === 'document') documents.push(...documentPassages(block));
      else if (block.type === 'tool_result') {
        const call = calls.get(block.tool_use_id) ?? { name: '', input: {} };
        exchanges.push({ ...call, result: resultOf(block.content), isError: block.is_error === true });
      }
    }
  }
  const mixed = texts.map(splitJson);
  const data = mixed.flatMap(({ values }) => values);
  const question = questionOf(
    mixed.map(({ prose }) => prose.trim()),
    mixed.map(({ values }) => values),
  );
  const structured = [
    ...exchanges.flatMap(exchangePassages),
    ...documents,
    ...data.flatMap((value) => passagesIn(value)),
  ];
  const passages =
    structured.length > 0
      ? structured
      : prosePassages(
          mixed.map(({ prose }) => prose),
          question,
        );
  return { question, data, exchanges, toolTurns, passages };
}

function exchangePassages({ result, input, isError }: ToolExchange): Passage[] {
  if (isError) return [];
  const around = isObject(input) ? scalars(input) : {};
  if (typeof result === 'string') return result.trim() === '' ? [] : [passageFromText(result, around)];
  return passagesIn(result, around);
}

function scalars(input: Record<string, unknown>): Record<string, Scalar> {
  return Object.fromEntries(
    Object.entries(input).filter((entry): entry is [string, Scalar] => ['string', 'number'].includes(typeof entry[1])),
  );
}

function resultOf(content: string | { type: string; text?: string | undefined }[] | undefined): unknown {
  const text = typeof content === 'string' ? content : (content ?? []).map((part) => part.text ?? '').join('\n');
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : text;
  } catch {
    return text;
  }
}

function documentPassages(block: { source: Record<string, unknown>; title?: string | null | undefined }): Passage[] {
  const { data } = block.source;
  if (block.source['type'] !== 'text' || typeof data !== 'string') return [];
  return [passageFromText(data, block.title ? { file: block.title } : {})];
}

/** Only a user who sends no records means the prose itself as material; the question in it is not evidence. */
function prosePassages(texts: readonly string[], question: string): Passage[] {
  const material = texts.map((text) => text.replace(question, '').trim()).filter((text) => stemsOf(text).length >= 3);
  return material.map((text) => passageFromText(text));
}

/** The newest explicit question: a question field of the data, a "Question:" line, or a question mark; else the first text. */
function questionOf(proses: readonly string[], data: readonly (readonly unknown[])[]): string {
  for (let index = proses.length - 1; index >= 0; index -= 1) {
    const explicit = questionField(data[index] ?? []) ?? questionInProse(proses[index] ?? '');
    if (explicit !== undefined) return explicit;
  }
  return proses.find((prose) => prose !== '') ?? '';
}

/** Names of question fields, the most specific first. */
const ORDER = ['subquestion', 'question', 'query', 'ask', 'request', 'topic', 'goal', 'task', 'prompt'];

function questionField(values: readonly unknown[]): string | undefined {
  const fields = values.flatMap((value) => (isObject(value) ? Object.entries(value) : []));
  const found = fields.flatMap(([name, value]) =>
    typeof value === 'string' && value.trim() !== '' && named(name, QUESTION)
      ? [{ rank: rankOf(name), value: value.trim() }]
      : [],
  );
  const nested = (): string | undefined =>
    fields
      .filter(([name, value]) => isObject(value) && ['input', 'task', 'request', 'data', 'context'].includes(name))
      .map(([, value]) => questionField([value]))
      .find((question) => question !== undefined);
  return found.toSorted((a, b) => a.rank - b.rank)[0]?.value ?? nested();
}

function rankOf(name: string): number {
  const words = nameWords(name);
  const rank = ORDER.findIndex((key) => words.join('') === key || words.at(-1) === key);
  return rank === -1 ? ORDER.length : rank;
}

function questionInProse(prose: string): string | undefined {
  const labelled =
    /^\s*(?:\*\*)?(?:sub-?question|question|query|ask|topic)(?:\*\*)?\s*:(?:\*\*)?\s*(.+(?:\n(?!\s*\n)(?!\s*\w+\s*:).+)*)/im.exec(
      prose,
    );
  if (labelled?.[1] !== undefined) return labelled[1].trim();
  const asking = prose.match(/(?:^|(?<=[.!?:\n]\s*))[\p{Lu}"'`(][^?.!\n]*(?:[.!][^\s][^?.!\n]*)*\?/gmu);
  return asking === null ? undefined : asking.map((question) => question.trim()).join(' ');
}
