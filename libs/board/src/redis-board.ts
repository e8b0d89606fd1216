import { setTimeout as delay } from 'node:timers/promises';
import { BoardEntry, type Json } from '@parley/contracts';
import {
  type Board,
  type Boards,
  checkTokens,
  checkWrite,
  type DeleteEntry,
  type WriteEntry,
  type Written,
} from './board.ts';
import type { BoardLog } from './board-log.ts';
import { fieldOf, KEEP_BOARD_MS, parseStored, verifyBoard } from './board-rebuild.ts';
import { WRITE } from './board-scripts.ts';
import { watchBoard } from './board-watch.ts';
import { type Confirmations, findOnBoard, followConfirmations } from './confirmations.ts';
import { BoardConflict, StoreUnavailable } from './errors.ts';
import { boardKeys } from './keys.ts';
import type { RedisStore } from './redis.ts';

const REMEMBER_OPERATION_MS = 3_600_000;
const WRITE_TIMEOUT_MS = 5_000;

export interface RedisBoardsOptions {
  readonly redis: RedisStore;
  /** The bus. */
  readonly log: BoardLog;
  /** How long a write may take until it is on BOARD, repeats included. Default 5 s. */
  readonly writeTimeoutMs?: number;
}

type Change = Omit<WriteEntry, 'confidence' | 'value'> & { value: Json; confidence: number; deleted: boolean };

/**
 * Boards in Redis whose changes travel over BOARD.
 *
 * 1. Redis is compared with BOARD on every new connection, before the board is read or written.
 * 2. A write is one script: compare, set, append to the outbox. Its answer lost, it is repeated under the same operation id and applied once.
 * 3. The relay moves the outbox to BOARD; a write waits until it sees its own change there.
 */
export function createRedisBoards({ redis, log, writeTimeoutMs = WRITE_TIMEOUT_MS }: RedisBoardsOptions): Boards {
  return {
    async open(ns, board) {
      checkTokens({ ns, board });
      return openRedisBoard(redis, log, ns, board, writeTimeoutMs);
    },
  };
}

function openRedisBoard(redis: RedisStore, log: BoardLog, ns: string, board: string, timeoutMs: number): Board {
  const keys = boardKeys(ns, board);
  const place = { ns, board };
  let verified: { connection: number; done: Promise<void> } | undefined;
  let confirmations: Promise<Confirmations> | undefined;

  function verify(): Promise<void> {
    if (verified?.connection !== redis.connection) {
      const attempt = { connection: redis.connection, done: verifyBoard(redis, log, ns, board) };
      attempt.done.catch(() => {
        if (verified === attempt) verified = undefined;
      });
      verified = attempt;
    }
    return verified.done;
  }

  function confirmed(): Promise<Confirmations> {
    confirmations ??= followConfirmations(log, ns, board).catch((error: unknown) => {
      confirmations = undefined;
      throw error;
    });
    return confirmations;
  }

  async function apply(change: Change): Promise<Written> {
    const { region, key, value, author, task, confidence, deleted, ttlMs, expect } = change;
    const operation = change.operation ?? crypto.randomUUID();
    const deadline = performance.now() + timeoutMs;
    const json = JSON.stringify({
      region,
      key,
      value,
      author,
      ...(task === undefined ? {} : { task }),
      confidence,
      deleted,
    });
    const attempt = async (): Promise<[outcome: string, revision: string]> => {
      await verify();
      return (await redis.eval(
        WRITE,
        [keys.meta, keys.entries, keys.operation(operation), keys.outbox],
        [
          fieldOf(change),
          expect ?? '',
          json,
          ttlMs ?? 0,
          deleted ? 'delete' : 'put',
          REMEMBER_OPERATION_MS,
          KEEP_BOARD_MS,
          board,
        ],
      )) as [string, string];
    };
    const relayed = await confirmed();
    for (;;) {
      let outcome: string;
      let revision: string;
      try {
        [outcome, revision] = await attempt();
      } catch (error) {
        if (!(error instanceof StoreUnavailable) || performance.now() + error.retryAfterMs > deadline) throw error;
        await delay(Math.min(error.retryAfterMs, 100));
        continue;
      }
      if (outcome === 'unverified') {
        verified = undefined;
        continue;
      }
      if (outcome === 'conflict') {
        const current = revision === '' ? undefined : revision;
        throw new BoardConflict(`${board}: ${region}/${key} is at ${current ?? 'no revision'}, not ${expect}`, current);
      }
      const found = outcome === 'repeated' ? await findOnBoard(log, place, { region, key, revision }) : undefined;
      const sequence =
        found ?? (await relayed.wait({ region, key, revision }, Math.max(1, deadline - performance.now())));
      return { revision, sequence };
    }
  }

  /** The entries of stored forms that have not expired by Redis's clock. */
  function live(stored: readonly (string | null)[], [seconds, micros]: readonly (string | number)[]): BoardEntry[] {
    const now = Number(seconds) * 1_000 + Number(micros) / 1_000;
    return stored
      .filter((text) => text !== null)
      .map((text) => BoardEntry.parse(parseStored(text)))
      .filter(({ expiresAt }) => expiresAt === undefined || expiresAt > now);
  }

  return {
    async write(entry: WriteEntry) {
      checkWrite(entry);
      return apply({ ...entry, deleted: false });
    },
    async delete(entry: DeleteEntry) {
      const change = { ...entry, value: null, confidence: 1 };
      checkWrite(change);
      return apply({ ...change, deleted: true });
    },
    async read(region, key) {
      checkTokens({ region, key });
      await verify();
      const [time, stored] = await redis.run((client) =>
        Promise.all([client.time(), client.hget(keys.entries, fieldOf({ region, key }))]),
      );
      return live([stored], time)[0];
    },
    async list(region) {
      checkTokens({ region });
      await verify();
      const [time, stored] = await redis.run((client) => Promise.all([client.time(), client.hgetall(keys.entries)]));
      const prefix = `${region}.`;
      const fields = Object.keys(stored).filter((field) => field.startsWith(prefix));
      return live(
        fields.toSorted().map((field) => stored[field] as string),
        time,
      );
    },
    watch: (regions, onEntry, options) => watchBoard(log, place, regions, onEntry, options),
    async [Symbol.asyncDispose]() {
      const following = await confirmations?.catch(() => undefined);
      confirmations = undefined;
      await following?.[Symbol.asyncDispose]();
    },
  };
}
