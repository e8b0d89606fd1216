import { destination as openDestination, type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino';
import { currentTraceparent, parseTraceparent } from '@parley/tracing';

export type { Logger } from 'pino';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LoggerOptions {
  readonly service: string;
  readonly instance: string;
  readonly level: LogLevel;
  /** Standard output when left out. */
  readonly destination?: DestinationStream;
}

const SECRET_KEYS = ['authorization', 'apiKey', 'api_key', 'token', 'leaseToken', 'secret', 'password', 'cookie'];
const SECRET_HEADERS = ['x-api-key', 'Authorization', 'proxy-authorization', 'set-cookie'];

/** Paths censored in log lines: each key at the top and up to two levels down. */
const REDACTED = [
  ...SECRET_KEYS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]),
  ...SECRET_HEADERS.flatMap((header) => [`["${header}"]`, `*["${header}"]`, `*.*["${header}"]`]),
];

/** JSON lines with service, instance and, inside a span or a passed-on trace, `trace_id` and `span_id`. */
export function createLogger({ service, instance, level, destination }: LoggerOptions): Logger {
  const options = {
    level,
    base: { service, instance },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    mixin: traceIds,
    redact: { paths: REDACTED, censor: '[secret]' },
  };
  // Pino's own default writes asynchronously, and its flush at exit overtakes the write in flight: lines out of order.
  return pino(options, destination ?? openDestination({ dest: 1, sync: true }));
}

function traceIds(): object {
  const traceparent = currentTraceparent();
  const context = traceparent === undefined ? undefined : parseTraceparent(traceparent);
  return context === undefined ? {} : { trace_id: context.traceId, span_id: context.spanId };
}
