import type { CoreMessage } from '@parley/bus';
import { HEADER } from '@parley/contracts';
import { SpanKind, withSpan } from '@parley/tracing';

/** Runs the answer to a request inside a span of the asker's trace; there is none without an SDK, nor for a request of no trace. */
export function inRequestSpan<T>(
  name: string,
  { headers }: Pick<CoreMessage, 'headers'>,
  answer: () => Promise<T>,
): Promise<T> {
  const parent = headers[HEADER.traceparent];
  return parent === undefined ? answer() : withSpan(name, { parent, kind: SpanKind.SERVER }, answer);
}
