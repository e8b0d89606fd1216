import { APIConnectionError, APIConnectionTimeoutError, APIError, APIUserAbortError } from '@anthropic-ai/sdk';
import { ModelError, type ModelErrorCode, type PartialUsage } from '../errors.ts';

/** What was true when the call failed; it decides between causes that look alike to the SDK. */
export interface FailureContext {
  /** The caller's signal had fired. */
  aborted: boolean;
  /** The idle timer had fired. */
  idle: boolean;
  /** Response headers had arrived. */
  streaming: boolean;
  usage?: PartialUsage | undefined;
  /** Wall clock in milliseconds, for a `retry-after` that is a date. */
  nowMs: number;
}

/** Turns whatever the SDK, `fetch` or the stream fold threw into a `ModelError` that keeps it as `cause`. */
export function classifyError(error: unknown, context: FailureContext): ModelError {
  const { aborted, idle, streaming, usage, nowMs } = context;
  if (aborted) return new ModelError('aborted', 'the call was aborted', { cause: error, usage });
  if (idle) return new ModelError('timeout', 'the stream stalled', { cause: error, usage });
  if (error instanceof ModelError) {
    return error.usage === undefined && usage !== undefined
      ? new ModelError(error.code, error.message, { cause: error.cause ?? error, usage })
      : error;
  }
  if (error instanceof APIUserAbortError) {
    return new ModelError('stream_cut', 'the request ended without an answer', { cause: error, usage });
  }
  if (error instanceof APIConnectionTimeoutError) {
    return new ModelError('timeout', 'no response headers in time', { cause: error });
  }
  if (error instanceof APIConnectionError) {
    return new ModelError('connection', `cannot reach the model API: ${rootMessage(error)}`, { cause: error });
  }
  if (error instanceof APIError) {
    return new ModelError(codeOf(error), error.apiMessage ?? error.message, {
      cause: error,
      status: error.status,
      requestId: error.requestID ?? undefined,
      retryAfterMs: retryAfterMs(error.headers, nowMs),
      usage,
    });
  }
  if (error instanceof SyntaxError) {
    return new ModelError('protocol', 'a stream event is not JSON', { cause: error, usage });
  }
  return streaming
    ? new ModelError('stream_cut', `the connection broke: ${rootMessage(error)}`, { cause: error, usage })
    : new ModelError('connection', `the call failed: ${rootMessage(error)}`, { cause: error });
}

/** By `type` first: an error inside a stream has no status. */
function codeOf(error: APIError): ModelErrorCode {
  switch (error.type) {
    case 'overloaded_error':
      return 'overloaded';
    case 'rate_limit_error':
      return isSpendLimit(error) ? 'spend_limit' : 'rate_limited';
    case 'billing_error':
      return 'spend_limit';
    case 'authentication_error':
      return 'authentication';
    case 'permission_error':
      return 'permission';
    case 'not_found_error':
      return 'not_found';
    case 'timeout_error':
      return 'timeout';
    case 'api_error':
      return 'server_error';
    case 'invalid_request_error':
      return error.status === 413 ? 'too_large' : 'invalid_request';
    case 'conflict_error':
    case 'memory_precondition_failed_error':
    case 'memory_path_conflict_error':
    case null:
      return codeOfStatus(error);
    default:
      return codeOfStatus(error);
  }
}

function codeOfStatus(error: APIError): ModelErrorCode {
  const { status } = error;
  if (status === undefined) return 'server_error';
  if (status === 529) return 'overloaded';
  if (status === 429) return isSpendLimit(error) ? 'spend_limit' : 'rate_limited';
  if (status === 402) return 'spend_limit';
  if (status === 401) return 'authentication';
  if (status === 403) return 'permission';
  if (status === 404) return 'not_found';
  if (status === 413) return 'too_large';
  if (status === 408 || status === 504) return 'timeout';
  return status >= 500 ? 'server_error' : 'invalid_request';
}

const isSpendLimit = (error: APIError): boolean => error.errorCode?.includes('spend_limit') ?? false;

/** `retry-after-ms`, or `retry-after` in seconds or as a date; never negative. */
export function retryAfterMs(headers: Headers | undefined, nowMs: number): number | undefined {
  const ms = Number(headers?.get('retry-after-ms') ?? Number.NaN);
  if (Number.isFinite(ms)) return Math.max(0, ms);
  const text = headers?.get('retry-after');
  if (text === null || text === undefined) return undefined;
  const seconds = Number(text);
  const wait = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(text) - nowMs;
  return Number.isNaN(wait) ? undefined : Math.max(0, wait);
}

function rootMessage(error: unknown): string {
  let root = error;
  while (root instanceof Error && root.cause instanceof Error) root = root.cause;
  return root instanceof Error ? root.message : String(root);
}
