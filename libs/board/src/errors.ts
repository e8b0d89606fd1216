/** Redis cannot answer now: not connected, too slow, loading, read-only or full. Whether a write was applied is not known. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
  readonly code = 'unavailable';
  readonly retryable = true;
  readonly retryAfterMs: number;

  constructor(message: string, options: ErrorOptions & { retryAfterMs?: number } = {}) {
    super(message, options);
    this.retryAfterMs = options.retryAfterMs ?? 250;
  }
}

/** The entry is not at the expected revision; `current` is where it is, undefined when it does not exist. */
export class BoardConflict extends Error {
  override readonly name = 'BoardConflict';
  readonly code = 'conflict';
  readonly current: string | undefined;

  constructor(message: string, current: string | undefined) {
    super(message);
    this.current = current;
  }
}
