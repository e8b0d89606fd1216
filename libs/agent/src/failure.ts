import type { Failure } from '@parley/contracts';
import { PerformTimeout, RetryableError, TerminalError } from './errors.ts';

const MAX_CODE = 64;
const MAX_MESSAGE = 4_000;

/** What is reported of an error that agent code threw. A bug may be gone in the next attempt: the run decides how often to try. */
export function failureOf(error: unknown): Failure {
  if (error instanceof TerminalError) return failure(error.code, error.message, false);
  if (error instanceof RetryableError) return failure('temporary', error.message, true);
  if (error instanceof PerformTimeout) return failure('perform_timeout', error.message, true);
  if (isModelError(error)) return failure(`model_${error.code}`, error.message, error.retryable);
  return failure('agent_error', error instanceof Error ? error.message : String(error), true);
}

export const failure = (code: string, message: string, retryable: boolean): Failure => ({
  code: code.slice(0, MAX_CODE),
  message: message.slice(0, MAX_MESSAGE),
  retryable,
});

/** True for errors that nobody foresaw: they are logged with their stack. */
export const isBug = (error: unknown): boolean =>
  !(
    error instanceof TerminalError ||
    error instanceof RetryableError ||
    error instanceof PerformTimeout ||
    isModelError(error)
  );

/** By shape: an agent that calls no model does not load the model package for it. */
const isModelError = (error: unknown): error is Error & { code: string; retryable: boolean } =>
  error instanceof Error && error.name === 'ModelError' && 'code' in error && 'retryable' in error;
