import type { Usage } from './response.ts';

/** What is known of a failed call; without `outputTokens` the final count never came, and anything up to the call's limit may have been used. */
export type PartialUsage = Omit<Usage, 'outputTokens'> & { outputTokens?: number };

/** What went wrong with a model call. Callers switch on this, never on the message. */
export type ModelErrorCode =
  | 'rate_limited'
  | 'spend_limit'
  | 'overloaded'
  | 'server_error'
  | 'timeout'
  | 'connection'
  | 'stream_cut'
  | 'protocol'
  | 'aborted'
  | 'invalid_request'
  | 'authentication'
  | 'permission'
  | 'not_found'
  | 'too_large'
  | 'unpriced_model'
  | 'prices_invalid'
  | 'unexpected_call'
  | 'unused_replies';

/** Codes for which the same call may succeed later; `protocol` is one, since a garbled stream is usually a broken link. */
const RETRYABLE: ReadonlySet<ModelErrorCode> = new Set([
  'rate_limited',
  'overloaded',
  'server_error',
  'timeout',
  'connection',
  'stream_cut',
  'protocol',
]);

export interface ModelErrorOptions extends ErrorOptions {
  /** The provider's own wish, in milliseconds from now. */
  retryAfterMs?: number | undefined;
  status?: number | undefined;
  requestId?: string | undefined;
  /** What is known to have been consumed before the call failed; absent when nothing was reported. */
  usage?: PartialUsage | undefined;
  /** True when the request is certain never to have been sent, so that nothing can have been used. Default false. */
  unsent?: boolean | undefined;
}

/** The one error of this package. */
export class ModelError extends Error {
  override readonly name = 'ModelError';
  readonly code: ModelErrorCode;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  readonly status: number | undefined;
  readonly requestId: string | undefined;
  readonly usage: PartialUsage | undefined;
  readonly unsent: boolean;

  constructor(code: ModelErrorCode, message: string, options: ModelErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.retryable = RETRYABLE.has(code);
    this.retryAfterMs = options.retryAfterMs;
    this.status = options.status;
    this.requestId = options.requestId;
    this.usage = options.usage;
    this.unsent = options.unsent ?? false;
  }
}
