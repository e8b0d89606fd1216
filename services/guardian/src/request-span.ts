import type { CoreMessage } from '@parley/bus';
import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';

/** Runs the answer to a request inside a span of the asker's trace; without a registered SDK there is none. */
export function inRequestSpan<T>(
  name: string,
  { headers }: Pick<CoreMessage, 'headers'>,
  answer: () => Promise<T>,
): Promise<T> {
  const parent = propagation.extract(context.active(), headers);
  return trace.getTracer('parley').startActiveSpan(name, { kind: SpanKind.SERVER }, parent, async (span) => {
    try {
      return await answer();
    } catch (error) {
      span.recordException(error as Error);
      span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      span.end();
    }
  });
}
