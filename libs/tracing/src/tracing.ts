import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type Attributes,
  context,
  type Exception,
  INVALID_SPAN_CONTEXT,
  ProxyTracerProvider,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from '@opentelemetry/api';

export type { Attributes, Span } from '@opentelemetry/api';
export { SpanKind } from '@opentelemetry/api';

export interface SpanOptions {
  readonly kind?: SpanKind | undefined;
  readonly attributes?: Attributes | undefined;
  /** W3C `traceparent` of the caller, as it came with the message; left out, the active span is the parent. */
  readonly parent?: string | undefined;
}

const SCOPE = 'parley';
const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/**
 * Runs `fn` inside a span that ends when `fn` returns or its promise settles, and records what it throws.
 *
 * Without a registered SDK there is no span: `fn` gets a stand-in that carries `parent` (or else the enclosing one)
 * unchanged, so the trace id survives a process that records nothing. An invalid `parent` counts as none.
 */
export function withSpan<T>(name: string, options: SpanOptions, fn: (span: Span) => T): T {
  const tracer = registeredTracer();
  return tracer === undefined ? passThrough(options.parent, fn) : record(tracer, name, options, fn);
}

/** The `traceparent` to send with a message from here: of the active span, or of the caller when nothing records. */
export function currentTraceparent(): string | undefined {
  const active = trace.getActiveSpan();
  return active === undefined ? passing.getStore()?.traceparent : traceparentOf(active);
}

/** The W3C `traceparent` of a span, undefined when it belongs to no trace. */
export function traceparentOf(span: Span): string | undefined {
  if (span instanceof PassingSpan) return span.traceparent;
  const { traceId, spanId, traceFlags } = span.spanContext();
  if (traceId === INVALID_SPAN_CONTEXT.traceId) return undefined;
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}

/** A random, sampled `traceparent`: the root of a trace that starts in a process without an SDK. */
export function newTraceparent(): string {
  return `00-${randomHex(16)}-${randomHex(8)}-01`;
}

/** The trace and span id inside a `traceparent`, undefined when it is malformed or all zero. */
export function parseTraceparent(traceparent: string): SpanContext | undefined {
  const match = TRACEPARENT.exec(traceparent);
  if (match === null) return undefined;
  const [, traceId = '', spanId = '', flags = ''] = match;
  if (traceId === INVALID_SPAN_CONTEXT.traceId || spanId === INVALID_SPAN_CONTEXT.spanId) return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
}

function record<T>(tracer: Tracer, name: string, { kind, attributes, parent }: SpanOptions, fn: (span: Span) => T): T {
  const remote = parent === undefined ? undefined : parseTraceparent(parent);
  const outer = remote === undefined ? context.active() : trace.setSpanContext(ROOT_CONTEXT, remote);
  const span = tracer.startSpan(
    name,
    { kind: kind ?? SpanKind.INTERNAL, ...(attributes === undefined ? {} : { attributes }) },
    outer,
  );
  let result: T;
  try {
    result = context.with(trace.setSpan(outer, span), () => fn(span));
  } catch (error) {
    endFailed(span, error);
    throw error;
  }
  if (!isPromiseLike(result)) {
    span.end();
    return result;
  }
  return result.then(
    (value: unknown) => {
      span.end();
      return value;
    },
    (error: unknown) => {
      endFailed(span, error);
      throw error;
    },
  ) as T;
}

function endFailed(span: Span, error: unknown): void {
  const exception: Exception = error instanceof Error ? error : String(error);
  span.recordException(exception);
  span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.message : String(error) });
  span.end();
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

/** True when an SDK is registered: spans are recorded somewhere. */
export const isRecording = (): boolean => registeredTracer() !== undefined;

function registeredTracer(): Tracer | undefined {
  const provider = trace.getTracerProvider();
  return provider instanceof ProxyTracerProvider ? provider.getDelegateTracer(SCOPE) : provider.getTracer(SCOPE);
}

const passing = new AsyncLocalStorage<PassingSpan>();

function passThrough<T>(parent: string | undefined, fn: (span: Span) => T): T {
  if (parent === undefined || !TRACEPARENT.test(parent)) return fn(passing.getStore() ?? NO_SPAN);
  const span = new PassingSpan(parent);
  return passing.run(span, fn, span);
}

/** Records nothing and keeps the caller's `traceparent`. */
class PassingSpan implements Span {
  readonly traceparent: string | undefined;

  constructor(traceparent: string | undefined) {
    this.traceparent = traceparent;
  }

  spanContext(): SpanContext {
    return (this.traceparent === undefined ? undefined : parseTraceparent(this.traceparent)) ?? INVALID_SPAN_CONTEXT;
  }

  setAttribute(): this {
    return this;
  }
  setAttributes(): this {
    return this;
  }
  addEvent(): this {
    return this;
  }
  addLink(): this {
    return this;
  }
  addLinks(): this {
    return this;
  }
  setStatus(): this {
    return this;
  }
  updateName(): this {
    return this;
  }
  end(): void {}
  isRecording(): boolean {
    return false;
  }
  recordException(): void {}
}

const NO_SPAN = new PassingSpan(undefined);

const pool = Buffer.alloc(1_536);
let used = pool.length;

/** Random bytes are drawn in bulk: one call to the generator costs more than 64 trace ids. */
function randomHex(bytes: number): string {
  if (used + bytes > pool.length) {
    crypto.getRandomValues(pool);
    used = 0;
  }
  used += bytes;
  return pool.toString('hex', used - bytes, used);
}
