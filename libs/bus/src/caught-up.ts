import type { StreamName } from '@parley/contracts';
import { backoffMs } from './backoff.ts';
import type { Bus, StoredMessage } from './port.ts';

/** A view of the newest message per subject that knows whether it has seen everything. */
export interface CaughtUp extends AsyncDisposable {
  /** False from a lost connection until the stream has been read to its end again. */
  readonly caughtUp: boolean;
  /** Resolves once caught up. */
  ready(): Promise<void>;
}

const MOST_SUBJECTS = 100_000;

/**
 * Follows a filter of a `limits` stream, newest message per subject first, and reads it to its end again after every reconnect. `handle` may be
 * given a message twice: whoever folds goes by the sequence. Wait for `ready()` before acting on the view.
 */
export async function followCaughtUp(
  bus: Bus,
  stream: StreamName,
  filter: string,
  handle: (messages: readonly StoredMessage[]) => void,
  onError: (error: unknown) => void,
): Promise<CaughtUp> {
  let caughtUp = false;
  let isClosed = false;
  let reading = 0;
  let waiting = Promise.withResolvers<void>();
  const arrive = (): void => {
    caughtUp = true;
    waiting.resolve();
  };

  async function readAgain(): Promise<void> {
    const mine = ++reading;
    for (let attempt = 1; !isClosed && mine === reading; attempt++) {
      try {
        const messages = await bus.lastPerSubject(stream, filter, MOST_SUBJECTS);
        if (mine !== reading) return;
        handle(messages.toSorted((a, b) => a.sequence - b.sequence));
        return arrive();
      } catch (error) {
        onError(error);
        await new Promise((resolve) => setTimeout(resolve, backoffMs(attempt)));
      }
    }
  }

  bus.onStatus((status) => {
    if (isClosed) return;
    if (status === 'disconnected' && caughtUp) {
      reading++;
      caughtUp = false;
      waiting = Promise.withResolvers();
    } else if (status === 'connected' && !caughtUp) void readAgain();
  });
  const following = await bus.follow(stream, filter, handle, { lastPerSubject: true, onCaughtUp: arrive });
  following.closed.catch((error: unknown) => {
    if (!isClosed) onError(error);
  });
  return {
    get caughtUp() {
      return caughtUp;
    },
    ready: () => waiting.promise,
    async [Symbol.asyncDispose]() {
      isClosed = true;
      await following[Symbol.asyncDispose]();
    },
  };
}
