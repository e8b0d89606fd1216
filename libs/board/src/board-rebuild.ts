import { BoardChanged, type BoardEntry } from '@parley/contracts';
import type { BoardLog } from './board-log.ts';
import { REGISTER, REPLACE } from './board-scripts.ts';
import { boardKeys, registryKeys } from './keys.ts';
import type { RedisStore } from './redis.ts';
import { compareRevisions, generationOf } from './revision.ts';

/** How long a board that nobody writes to is kept; BOARD keeps its messages no longer. */
export const KEEP_BOARD_MS = 30 * 24 * 3_600_000;

/** Two relays may store a change again after newer ones: the newest revision is looked for this far before the end of BOARD. */
const TAIL = 1_000;

/**
 * Makes sure that Redis is not behind BOARD before a board is used on a new connection.
 *
 * Missing (new, wiped) or older than BOARD: it is rebuilt from BOARD under a new generation, entries keeping their revisions.
 */
export async function verifyBoard(redis: RedisStore, log: BoardLog, ns: string, board: string): Promise<void> {
  const keys = boardKeys(ns, board);
  await redis.eval(REGISTER, [registryKeys.set, registryKeys.stream], [ns]);
  for (;;) {
    const seen = await redis.run((client) => client.hmget(keys.meta, 'generation', 'counter'));
    const generation = seen[0] ?? undefined;
    const counter = seen[1] ?? undefined;
    const newest = await newestRevision(log, ns, board);
    const held = `${generation ?? 0}.${counter ?? 0}`;
    if (generation !== undefined && (newest === undefined || compareRevisions(held, newest) >= 0)) return;
    const staging = await stage(redis, log, ns, board);
    const replaced = await redis.eval(
      REPLACE,
      [keys.meta, keys.entries, staging.key],
      [generation ?? '', counter ?? '', staging.generation, KEEP_BOARD_MS],
    );
    if (replaced === 1) return;
    await redis.run((client) => client.del(staging.key));
  }
}

async function newestRevision(log: BoardLog, ns: string, board: string): Promise<string | undefined> {
  const filter = BoardChanged.filter({ ns, board });
  const last = await log.last('BOARD', filter);
  if (last === undefined) return undefined;
  let newest = BoardChanged.decode(last.payload).revision;
  for await (const message of log.read('BOARD', filter, Math.max(1, last.sequence - TAIL))) {
    const { revision } = BoardChanged.decode(message.payload);
    if (compareRevisions(revision, newest) > 0) newest = revision;
  }
  return newest;
}

/** Folds BOARD and lays the live entries out beside the old ones. */
async function stage(
  redis: RedisStore,
  log: BoardLog,
  ns: string,
  board: string,
): Promise<{ key: string; generation: number }> {
  const entries = new Map<string, BoardEntry>();
  let generation = 0;
  for await (const message of log.read('BOARD', BoardChanged.filter({ ns, board }))) {
    const entry = BoardChanged.decode(message.payload);
    const field = fieldOf(entry);
    const seen = entries.get(field);
    if (seen === undefined || compareRevisions(entry.revision, seen.revision) > 0) entries.set(field, entry);
    generation = Math.max(generation, generationOf(entry.revision));
  }
  const key = boardKeys(ns, board).staging(crypto.randomUUID());
  const live = [...entries].filter(([, entry]) => !entry.deleted);
  for (let from = 0; from < live.length; from += 500) {
    const fields = live.slice(from, from + 500).flatMap(([field, entry]) => [field, storedForm(entry)]);
    await redis.run((client) => client.hset(key, ...fields));
    await redis.run((client) => client.pexpire(key, 60_000));
  }
  return { key, generation };
}

/** The field of an entry in its board's hash. */
export const fieldOf = ({ region, key }: { region: string; key: string }): string => `${region}.${key}`;

/** How an entry is kept in Redis: what scripts compare comes first, in plain text. */
const storedForm = (entry: BoardEntry): string => `${entry.revision} ${entry.expiresAt ?? 0} ${JSON.stringify(entry)}`;

/** The entry of a stored form. */
export function parseStored(stored: string): unknown {
  return JSON.parse(stored.slice(stored.indexOf(' ', stored.indexOf(' ') + 1) + 1));
}
