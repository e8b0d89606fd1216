// oxlint-disable-next-line no-restricted-imports -- spans without the rest of @parley/service: agents stay small
export { currentTraceparent, type Span, SpanKind, traceparentOf, withSpan } from '@parley/tracing';
