import { BoardEntry } from '@parley/contracts';
import { type Board, type Boards, checkTokens, checkWrite, type Written } from './board.ts';
import { fieldOf } from './board-rebuild.ts';
import { BoardConflict } from './errors.ts';
import { compareRevisions } from './revision.ts';

interface MemoryState {
  readonly entries: Map<string, BoardEntry>;
  readonly operations: Map<string, Written>;
  readonly changes: BoardEntry[];
  readonly watchers: Set<() => void>;
}

/** Boards in this process, for tests and for running without Redis; changes are lost with it. */
export function createMemoryBoards({ now = Date.now }: { now?: () => number } = {}): Boards {
  const states = new Map<string, MemoryState>();
  return {
    async open(ns, board) {
      checkTokens({ ns, board });
      const id = `${ns}.${board}`;
      const state = states.get(id) ?? { entries: new Map(), operations: new Map(), changes: [], watchers: new Set() };
      states.set(id, state);
      return openMemoryBoard(board, state, now);
    },
  };
}

function openMemoryBoard(name: string, state: MemoryState, now: () => number): Board {
  const live = (field: string): BoardEntry | undefined => {
    const entry = state.entries.get(field);
    return entry === undefined || (entry.expiresAt !== undefined && entry.expiresAt <= now()) ? undefined : entry;
  };

  function apply(change: Parameters<Board['write']>[0], deleted: boolean): Written {
    checkWrite(change);
    const { operation, expect, ttlMs, ...facts } = change;
    const repeated = operation === undefined ? undefined : state.operations.get(operation);
    if (repeated !== undefined) return repeated;
    const field = fieldOf(change);
    const current = live(field)?.revision;
    if (expect === 'absent' ? current !== undefined : expect !== undefined && expect !== current) {
      throw new BoardConflict(
        `${name}: ${change.region}/${change.key} is at ${current ?? 'no revision'}, not ${expect}`,
        current,
      );
    }
    const sequence = state.changes.length + 1;
    const entry = BoardEntry.parse({
      ...facts,
      revision: `1.${sequence}`,
      deleted,
      ...(ttlMs === undefined ? {} : { expiresAt: now() + ttlMs }),
    });
    state.changes.push(entry);
    if (deleted) state.entries.delete(field);
    else state.entries.set(field, entry);
    const written = { revision: entry.revision, sequence };
    if (operation !== undefined) state.operations.set(operation, written);
    for (const wake of state.watchers) wake();
    return written;
  }

  return {
    write: async (entry) => apply(entry, false),
    delete: async (entry) => apply({ ...entry, value: null, confidence: 1 }, true),
    async read(region, key) {
      checkTokens({ region, key });
      return live(fieldOf({ region, key }));
    },
    async list(region) {
      checkTokens({ region });
      const fields = [...state.entries.keys()].filter((field) => field.startsWith(`${region}.`)).toSorted();
      return fields.flatMap((field) => live(field) ?? []);
    },
    async watch(regions, onEntry, options = {}) {
      if (regions !== '*') for (const region of regions) checkTokens({ region });
      const seen = new Map<string, string>();
      let next = (options.fromSequence ?? (options.fromStart === true ? 1 : state.changes.length + 1)) - 1;
      let queued = false;
      let stopped = false;
      const closed = Promise.withResolvers<void>();
      const deliver = (): void => {
        queued = false;
        for (; !stopped && next < state.changes.length; next++) {
          const entry = state.changes[next] as BoardEntry;
          if (regions !== '*' && !regions.includes(entry.region)) continue;
          const before = seen.get(fieldOf(entry));
          if (before !== undefined && compareRevisions(entry.revision, before) <= 0) continue;
          seen.set(fieldOf(entry), entry.revision);
          onEntry(entry, next + 1);
        }
      };
      const wake = (): void => {
        if (!queued) queueMicrotask(deliver);
        queued = true;
      };
      state.watchers.add(wake);
      wake();
      const stop = async (): Promise<void> => {
        stopped = true;
        state.watchers.delete(wake);
        closed.resolve();
      };
      return { stop, closed: closed.promise, [Symbol.asyncDispose]: stop };
    },
    async [Symbol.asyncDispose]() {},
  };
}
