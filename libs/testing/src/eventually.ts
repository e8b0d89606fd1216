import { setTimeout as delay } from 'node:timers/promises';

/** How long and how often a condition is tried. */
export interface EventuallyOptions {
  /** Default 5,000. */
  timeoutMs?: number;
  /** Pause between two tries; default 20. */
  everyMs?: number;
}

/**
 * Calls `check` until it no longer throws and returns what it returned. At the deadline it rejects with the last error in the
 * message and as `cause`; a try that hangs is given up at the deadline too.
 */
export async function eventually<T>(check: () => T | Promise<T>, options: EventuallyOptions = {}): Promise<T> {
  const { timeoutMs = 5_000, everyMs = 20 } = options;
  const deadline = performance.now() + timeoutMs;
  let lastError: unknown = new Error('the first try did not end');
  for (;;) {
    const leftMs = deadline - performance.now();
    if (leftMs <= 0) break;
    const abort = new AbortController();
    try {
      return await Promise.race([
        (async () => await check())(),
        delay(leftMs, undefined, { signal: abort.signal, ref: true }).then(() => {
          throw lastError;
        }),
      ]);
    } catch (error) {
      lastError = error;
    } finally {
      abort.abort();
    }
    await delay(Math.max(0, Math.min(everyMs, deadline - performance.now())));
  }
  const reason = lastError instanceof Error ? lastError.message : String(lastError);
  throw new Error(`not so within ${timeoutMs} ms: ${reason}`, { cause: lastError });
}
