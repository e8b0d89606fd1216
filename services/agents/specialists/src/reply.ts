import { readFileSync } from 'node:fs';
import type { AgentContext } from '@parley/agent';
import { z } from 'zod';

/** What a pattern gives an agent differs: what a specialist does not know it hands to the model as material. */
export const Given = z.looseObject({});
export type Given = z.infer<typeof Given>;

/** What most specialists answer: a text, and how sure they are of it (0 to 1). */
export const Reply = z.object({ text: z.string(), confidence: z.number().min(0).max(1) });
export type Reply = z.infer<typeof Reply>;

export const prompt = (name: string): string => readFileSync(new URL(`prompts/${name}.md`, import.meta.url), 'utf8');

/** Material that a model is shown, in bytes of text at most. */
const MAX_MATERIAL = 60_000;

/** Asks the model one question about what was given. */
export async function replyTo(
  name: string,
  given: Given,
  { chat }: Pick<AgentContext, 'chat'>,
  options: { readonly system: string; readonly question: string },
): Promise<Reply> {
  const user = `${material(given)}\n\nQuestion: ${options.question}`;
  const { output } = await chat(name, { system: options.system, user, output: Reply, maxTokens: 2_048 });
  return output;
}

/** Everything that was given as text that a person could read: names before values, one paragraph each. */
export function material(given: unknown): string {
  const lines: string[] = [];
  const write = (label: string, value: unknown): void => {
    if (value === null || value === undefined) return;
    if (Array.isArray(value)) for (const item of value) write(label, item);
    else if (typeof value === 'object')
      for (const [key, item] of Object.entries(value)) write(label === '' ? key : `${label} ${key}`, item);
    else if (typeof value === 'string' && /[.!?]$/.test(value))
      lines.push(...(label === '' ? [] : [`${label}:`]), value);
    else lines.push(label === '' ? scalar(value) : `${label}: ${scalar(value)}`);
  };
  write('', given);
  const text = lines.join('\n\n');
  return text.length <= MAX_MATERIAL ? text : `${text.slice(0, MAX_MATERIAL).toWellFormed()}…`;
}

const scalar = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** The first text among these fields, or undefined. */
export function textOf(given: Given, ...fields: readonly string[]): string | undefined {
  for (const field of fields) {
    const value = given[field];
    if (typeof value === 'string' && value.trim() !== '') return value;
  }
  return undefined;
}
