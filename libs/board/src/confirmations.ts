import { BoardChanged } from '@parley/contracts';
import type { BoardLog, Following } from './board-log.ts';
import { StoreUnavailable } from './errors.ts';

/** Tells when a change has reached BOARD. */
export interface Confirmations extends AsyncDisposable {
  /** The BOARD sequence of a change. Throws `StoreUnavailable` when it does not show up in time. */
  wait(change: { region: string; key: string; revision: string }, timeoutMs: number): Promise<number>;
}

const REMEMBERED = 4_096;

const idOf = ({ region, key, revision }: { region: string; key: string; revision: string }): string =>
  `${region}.${key}@${revision}`;

/** Follows a board on BOARD from now on; every change seen is remembered for a while, as it may arrive before the write's own answer. */
export async function followConfirmations(log: BoardLog, ns: string, board: string): Promise<Confirmations> {
  const filter = BoardChanged.filter({ ns, board });
  const seen = new Map<string, number>();
  const waiting = new Map<string, ((sequence: number) => void)[]>();
  const from = (await log.streamInfo('BOARD')).lastSequence + 1;
  const following: Following = await log.follow(
    'BOARD',
    filter,
    (messages) => {
      for (const message of messages) {
        const id = idOf(BoardChanged.decode(message.payload));
        if (!seen.has(id)) seen.set(id, message.sequence);
        for (const resolve of waiting.get(id) ?? []) resolve(message.sequence);
        waiting.delete(id);
      }
      for (const id of seen.keys()) {
        if (seen.size <= REMEMBERED) break;
        seen.delete(id);
      }
    },
    { fromSequence: from },
  );
  following.closed.catch(() => {});

  return {
    async wait(change, timeoutMs) {
      const id = idOf(change);
      const known = seen.get(id);
      if (known !== undefined) return known;
      const { promise, resolve, reject } = Promise.withResolvers<number>();
      const timer = setTimeout(
        () =>
          reject(
            new StoreUnavailable(
              `board ${board}: ${id} did not reach BOARD within ${timeoutMs} ms; is the guardian running?`,
            ),
          ),
        timeoutMs,
      );
      waiting.set(id, [...(waiting.get(id) ?? []), resolve]);
      try {
        return await promise;
      } finally {
        clearTimeout(timer);
        const left = (waiting.get(id) ?? []).filter((other) => other !== resolve);
        if (left.length === 0) waiting.delete(id);
        else waiting.set(id, left);
      }
    },
    [Symbol.asyncDispose]: () => following.stop(),
  };
}

/** Looks for a change among what BOARD already holds: for a repeated operation, whose change may be older than any follower. */
export async function findOnBoard(
  log: BoardLog,
  { ns, board }: { ns: string; board: string },
  change: { region: string; key: string; revision: string },
): Promise<number | undefined> {
  for await (const message of log.read('BOARD', BoardChanged.filter({ ns, board, region: change.region }))) {
    const entry = BoardChanged.decode(message.payload);
    if (entry.key === change.key && entry.revision === change.revision) return message.sequence;
  }
  return undefined;
}
