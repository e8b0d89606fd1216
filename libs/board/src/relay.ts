import { setTimeout as delay } from 'node:timers/promises';
import { BoardChanged, decodeJson, headersOf } from '@parley/contracts';
import type { BoardLog } from './board-log.ts';
import { BOARD_SHARDS, boardOutboxKey, registryKeys } from './keys.ts';
import type { RedisStore } from './redis.ts';

const BATCH = 256;
const BLOCK_MS = 5_000;
const PAUSE_MS = 100;

export interface BoardRelayOptions {
  /** Used to forget what was stored; the relay opens its own blocking connection beside it. */
  readonly redis: RedisStore;
  /** The bus. */
  readonly log: BoardLog;
  /** Who publishes: `/guardian/{instance}`. */
  readonly source: string;
  readonly on?: {
    /** Changes were stored on BOARD. */
    relayed?(count: number): void;
    /** An outbox entry is not a board change and was dropped. */
    rejected?(key: string, reason: unknown): void;
    /** Redis or the bus cannot be used now; it is tried again. */
    interrupted?(error: unknown): void;
  };
}

export interface BoardRelay extends AsyncDisposable {
  /** Stops after the batch in hand. */
  stop(): Promise<void>;
}

type BoardMessage = Parameters<BoardLog['store']>[0][number];

/** An outbox entry; without a message there is nothing to store and it only has to go. */
interface Relayed {
  readonly id: string;
  readonly message?: BoardMessage;
}

type StreamReply = [key: string, entries: [id: string, fields: string[] | null][]][];

/**
 * Moves the outboxes of all boards of all namespaces to BOARD.
 *
 * 1. An entry leaves its outbox only after BOARD has it, so a crash anywhere in between repeats it.
 * 2. Its message id is made of board, entry and revision: a repeat within BOARD's window is stored once, a later one is left out by readers, who
 *    keep the highest revision. Any number of relays may run.
 * 3. The outboxes hold only what is not on BOARD: reading starts at their beginning on every new connection.
 */
export function startBoardRelay({ redis, log, source, on = {} }: BoardRelayOptions): BoardRelay {
  const reader = redis.fork('blocking');
  let cursors = new Map<string, string>();
  let connection = 0;
  let stopped = false;

  async function round(): Promise<void> {
    await reader.waitUntilReady(BLOCK_MS);
    if (reader.connection !== connection) {
      connection = reader.connection;
      cursors = new Map([[registryKeys.stream, '0']]);
    }
    const keys = [...cursors.keys()];
    const ids = [...cursors.values()];
    const reply = (await reader.run((client) =>
      client.xread('COUNT', BATCH, 'BLOCK', BLOCK_MS, 'STREAMS', ...keys, ...ids),
    )) as StreamReply | null;
    for (const [key, entries] of reply ?? []) {
      if (key === registryKeys.stream) {
        for (const [, fields] of entries) watchNamespace(fieldOf(fields, 'ns'));
      } else {
        await relay(key, entries);
      }
      const last = entries.at(-1)?.[0];
      if (last !== undefined) cursors.set(key, last);
    }
  }

  function watchNamespace(ns: string | undefined): void {
    if (ns === undefined) return;
    for (let shard = 0; shard < BOARD_SHARDS; shard++) {
      const key = boardOutboxKey(ns, shard);
      if (!cursors.has(key)) cursors.set(key, '0');
    }
  }

  async function relay(key: string, entries: StreamReply[number][1]): Promise<void> {
    const ns = /^\{parley:([^}]+)\}/.exec(key)?.[1] ?? '';
    let open: Relayed[] = entries.map(([id, fields]) => {
      try {
        return { id, message: messageOf(ns, fields) };
      } catch (error) {
        on.rejected?.(key, error);
        return { id };
      }
    });
    while (open.length > 0) {
      const messages = open.flatMap(({ message }) => (message === undefined ? [] : [message]));
      const results = messages.length === 0 ? [] : await log.store(messages);
      let next = 0;
      const outcomes = open.map((entry) => ({
        entry,
        result: entry.message === undefined ? undefined : results[next++],
      }));
      const retry = outcomes.filter(({ result }) => result instanceof Error && result.code !== 'too_large');
      for (const { result } of outcomes)
        if (result instanceof Error && result.code === 'too_large') on.rejected?.(key, result);
      const done = outcomes.filter((outcome) => !retry.includes(outcome)).map(({ entry }) => entry.id);
      if (done.length > 0) await redis.run((client) => client.xdel(key, ...done));
      on.relayed?.(done.length);
      open = retry.map(({ entry }) => entry);
      if (open.length > 0) {
        if (stopped) throw retry[0]?.result as Error;
        on.interrupted?.(retry[0]?.result);
        await delay(PAUSE_MS);
      }
    }
  }

  function messageOf(ns: string, fields: string[] | null): BoardMessage {
    const board = fieldOf(fields, 'board') ?? '';
    const entry = BoardChanged.parse(decodeJson(Buffer.from(fieldOf(fields, 'entry') ?? '')));
    const { region, key, revision, task } = entry;
    const id = `board.${ns}.${board}.${region}.${key}.${revision}`;
    return {
      subject: BoardChanged.toSubject({ ns, board, region }),
      payload: BoardChanged.encode(entry),
      headers: headersOf(BoardChanged, { id, source, conversation: task ?? board }, log.now()),
      id,
    };
  }

  async function loop(): Promise<void> {
    while (!stopped) {
      try {
        await round();
      } catch (error) {
        if (stopped) return;
        on.interrupted?.(error);
        // What was read but not stored is still in its outbox.
        connection = 0;
        await delay(PAUSE_MS);
      }
    }
  }

  const ended = loop();

  async function stop(): Promise<void> {
    stopped = true;
    reader.close();
    await ended;
    await reader[Symbol.asyncDispose]();
  }

  return { stop, [Symbol.asyncDispose]: stop };
}

function fieldOf(fields: string[] | null, name: string): string | undefined {
  const at = (fields ?? []).findIndex((field, index) => index % 2 === 0 && field === name);
  return at < 0 ? undefined : fields?.[at + 1];
}
