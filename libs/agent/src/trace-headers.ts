import { HEADER, type Headers } from '@parley/contracts';
import { currentTraceparent } from '@parley/tracing';

/** Carries the active span, or the caller's, over to who answers; empty outside of any trace. */
export function traceHeaders(): Headers {
  const traceparent = currentTraceparent();
  return traceparent === undefined ? {} : { [HEADER.traceparent]: traceparent };
}
