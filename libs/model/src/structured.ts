import { z } from 'zod';
import type { AssistantBlock } from './blocks.ts';
import type { ModelRequest } from './request.ts';
import { type ModelResponse, textOf } from './response.ts';

/** Why an answer is not the structure that was asked for. */
export interface Mismatch {
  /** One line per fault, fit to be shown to the model. */
  problem: string;
  /** False when asking again cannot help: a refusal, an answer cut by a limit, a turn that is not over. */
  repairable: boolean;
}

export type StructuredResult<T> = { ok: true; value: T } | ({ ok: false } & Mismatch);

/** Validates `response.parsed` again, since providers drop the constraints they do not support. */
export function parseStructured<T>(schema: z.ZodType<T>, response: ModelResponse): StructuredResult<T> {
  const { stopReason } = response;
  if (stopReason !== 'end_turn' && stopReason !== 'stop_sequence') {
    return { ok: false, problem: `the answer ended with ${stopReason}`, repairable: false };
  }
  if (response.parsed === undefined) {
    const empty = textOf(response).trim() === '';
    return { ok: false, problem: empty ? 'the answer is empty' : 'the answer is not JSON', repairable: true };
  }
  const result = schema.safeParse(response.parsed);
  if (result.success) return { ok: true, value: result.data };
  return { ok: false, problem: z.prettifyError(result.error), repairable: true };
}

/**
 * The request for one repair turn: the conversation, the faulty answer and what is wrong with it. Pure; the caller makes at
 * most one such turn per call, since a second rarely helps and every turn is paid.
 */
export function repairRequest(request: ModelRequest, response: ModelResponse, { problem }: Mismatch): ModelRequest {
  const said: AssistantBlock[] =
    response.content.length > 0 ? response.content : [{ type: 'text', text: '(no answer)' }];
  return {
    ...request,
    messages: [
      ...request.messages,
      { role: 'assistant', content: said },
      {
        role: 'user',
        content: `Your answer does not fit the requested structure:\n${problem}\nGive the whole answer again, corrected, as JSON only.`,
      },
    ],
  };
}
