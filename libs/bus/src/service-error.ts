import { ContractError, encodeJson } from '@parley/contracts';
import type { Headers, Problem } from '@parley/contracts';
import { BusError } from './errors.ts';
import type { CoreMessage } from './port.ts';

/** Headers of an error answer (NATS ADR-32). */
export const SERVICE_ERROR = 'Nats-Service-Error';
export const SERVICE_ERROR_CODE = 'Nats-Service-Error-Code';

const decoder = new TextDecoder();

/** What of an error may leave the process: a contract error as it is, of anything else only that it happened. */
export const problemOf = (error: unknown): Problem =>
  error instanceof ContractError
    ? error.toProblem()
    : { code: 'internal', message: 'the request could not be handled' };

/** Gives the answer back, or throws `BusError` `answered_error` when it is an error answer. */
export function readAnswer(subject: string, answer: CoreMessage): CoreMessage {
  const error = answer.headers[SERVICE_ERROR];
  if (error === undefined) return answer;
  const problem = parseProblem(answer.payload) ?? { code: 'internal', message: error };
  throw new BusError('answered_error', `${subject}: ${problem.message} (${problem.code})`, { problem });
}

function parseProblem(payload: Uint8Array): Problem | undefined {
  try {
    const value = JSON.parse(decoder.decode(payload)) as Partial<Problem> | null;
    return typeof value?.code === 'string' && typeof value.message === 'string' ? (value as Problem) : undefined;
  } catch {
    return undefined;
  }
}

/** What goes back to the one who asked. */
export interface Answer {
  readonly payload: Uint8Array;
  readonly headers?: Headers;
}

/** An error as an answer. */
export const errorAnswer = (problem: Problem): Answer => ({
  payload: encodeJson(problem),
  headers: { [SERVICE_ERROR]: problem.code, [SERVICE_ERROR_CODE]: SERVER_SIDE.has(problem.code) ? '500' : '400' },
});

const SERVER_SIDE = new Set<Problem['code']>(['internal', 'unavailable']);

/** Runs a request handler; what it throws becomes an error answer, and what is no contract error goes to `onBug` too. */
export async function answerWith(
  handle: (message: CoreMessage) => Promise<Uint8Array> | Uint8Array,
  message: CoreMessage,
  onBug: (error: unknown) => void,
): Promise<Answer> {
  try {
    return { payload: await handle(message) };
  } catch (error) {
    if (!(error instanceof ContractError)) onBug(error);
    return errorAnswer(problemOf(error));
  }
}
