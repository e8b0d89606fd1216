import type { AskDef, Json, TaskDef } from '@parley/contracts';
import type { Outcome } from '../state.ts';
import type { SettledChild } from './pattern.ts';

/** A failure that another attempt would not mend. */
export const failed = (code: string, message: string): Outcome & { status: 'failed' } => ({
  status: 'failed',
  error: { code, message: message.slice(0, 4_000), retryable: false },
});

/** A node ends as its child did. */
export const endedAs = ({ status, output, error }: SettledChild): Outcome => ({
  status,
  ...(output === undefined ? {} : { output }),
  ...(error === undefined ? {} : { error }),
});

/** The task by which a pattern asks somebody; `input` is a template over what the pattern provides. Nobody to ask is a bug of the pattern: it throws. */
export function ask(id: string, def: AskDef | undefined, input: Json): TaskDef {
  if (def === undefined) throw new Error(`${id}: the definition names nobody to ask`);
  const { capability, agents, input: own, performMs, attempts } = def;
  return {
    kind: 'task',
    id,
    capability,
    input: own ?? input,
    criteria: 'balanced',
    performMs,
    attempts,
    ...(agents === undefined ? {} : { agents }),
  };
}

/** A field of what an agent answered, when the answer is an object that has it. */
export const fieldOf = (answer: Json | undefined, name: string): Json | undefined =>
  answer !== null && typeof answer === 'object' && !Array.isArray(answer) && Object.hasOwn(answer, name)
    ? answer[name]
    : undefined;

/** What an agent answered, for a message or a transcript; cut to `most` characters. */
export function textOf(answer: Json | undefined, most: number): string {
  const text = fieldOf(answer, 'text') ?? answer ?? '';
  const whole = typeof text === 'string' ? text : JSON.stringify(text);
  return whole.length <= most ? whole : `${whole.slice(0, most - 1).toWellFormed()}…`;
}
