import type { Problem } from '@parley/contracts';
import type { BusErrorCode, BusErrorLike } from './port.ts';

/** Every failure of the bus. Callers switch on `code`. */
export class BusError extends Error implements BusErrorLike {
  override readonly name = 'BusError';
  readonly code: BusErrorCode;
  declare readonly problem?: Problem;

  constructor(code: BusErrorCode, message: string, options: ErrorOptions & { problem?: Problem } = {}) {
    super(message, options);
    this.code = code;
    if (options.problem !== undefined) this.problem = options.problem;
  }
}

/** Will never work: recorded as a failure and acked. */
export class TerminalError extends Error {
  override readonly name = 'TerminalError';
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** May work later: nak'd with `retryAfterMs`. */
export class RetryableError extends Error {
  override readonly name = 'RetryableError';
  readonly retryAfterMs: number;

  constructor(message: string, options: ErrorOptions & { retryAfterMs: number }) {
    super(message, options);
    this.retryAfterMs = options.retryAfterMs;
  }
}
