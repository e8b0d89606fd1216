import type { Failure } from '@parley/contracts';
import { ExpressionFailed } from './expression.ts';
import type { Outcome } from './state.ts';
import { UnresolvedInput } from './template.ts';

/** The outcome of a node whose template or expression has no value. Rethrows anything else. */
export function failureOf(error: unknown): Outcome & { error: Failure } {
  const code =
    error instanceof UnresolvedInput
      ? 'input_unresolved'
      : error instanceof ExpressionFailed
        ? 'expression_failed'
        : undefined;
  if (code === undefined) throw error;
  const { message } = error as Error;
  return { status: 'failed', error: { code, message: message.slice(0, 4_000), retryable: false } };
}
