import { BoardEntry, ContractError, encodeJson, isToken, type Json, parseWith, Revision } from '@parley/contracts';
import type { Following } from './board-log.ts';

/** Largest value of an entry, in bytes of its JSON; larger things travel as blobs and the entry holds the reference. */
export const MAX_VALUE_BYTES = 64 * 1024;

/** What a write expects to find: a revision, or `absent` for nothing. */
export type Expectation = string;

export interface WriteEntry {
  readonly region: string;
  readonly key: string;
  readonly value: Json;
  readonly author: string;
  /** The task that writes. */
  readonly task?: string;
  /** From 0 to 1. */
  readonly confidence: number;
  /** The entry is gone after this many milliseconds, by Redis's clock. */
  readonly ttlMs?: number;
  /** Left out: whatever is there. */
  readonly expect?: Expectation;
  /** The same operation is applied once, however often it is asked within an hour. Default: a new one per call. */
  readonly operation?: string;
}

export type DeleteEntry = Pick<WriteEntry, 'region' | 'key' | 'author' | 'task' | 'expect' | 'operation'>;

/** Where a write ended up. */
export interface Written {
  readonly revision: string;
  /** Sequence of the change on BOARD. */
  readonly sequence: number;
}

export interface WatchOptions {
  /** Begin with what BOARD holds from its start, instead of with what comes. */
  readonly fromStart?: boolean;
  /** Begin with this BOARD sequence. */
  readonly fromSequence?: number;
}

/**
 * The shared knowledge of one run.
 *
 * A write resolves when its change is on BOARD; whoever reads BOARD up to there has seen it. Throws `BoardConflict` when the
 * expectation fails, `ContractError` (`message_invalid`, `payload_too_large`) on a bad entry, `StoreUnavailable` when it is not known to have
 * happened within the time limit.
 */
export interface Board extends AsyncDisposable {
  write(entry: WriteEntry): Promise<Written>;
  delete(entry: DeleteEntry): Promise<Written>;
  /** The entry, unless it does not exist or has expired. */
  read(region: string, key: string): Promise<BoardEntry | undefined>;
  /** The entries of a region by key. */
  list(region: string): Promise<BoardEntry[]>;
  /**
   * Calls back for every change in these regions (`*`: in all), in the order of BOARD and over reconnects. A change that is not newer than the
   * one seen of its entry is left out. Expiry is no change: look at `expiresAt`.
   */
  watch(
    regions: readonly string[] | '*',
    onEntry: (entry: BoardEntry, sequence: number) => void,
    options?: WatchOptions,
  ): Promise<Following>;
}

/** Opens the boards of runs. */
export interface Boards {
  open(ns: string, board: string): Promise<Board>;
}

/** Checks an entry before it is written. Throws `ContractError`. */
export function checkWrite(entry: WriteEntry): void {
  parseWith(BoardEntry, { ...entry, revision: '0.0' }, 'board entry');
  const { expect, ttlMs, operation } = entry;
  if (expect !== undefined && expect !== 'absent' && !Revision.safeParse(expect).success)
    throw invalid('expect', "must be a revision or 'absent'");
  if (ttlMs !== undefined && !(Number.isSafeInteger(ttlMs) && ttlMs > 0))
    throw invalid('ttlMs', 'must be a positive whole number of milliseconds');
  if (operation !== undefined) checkTokens({ operation });
  const bytes = encodeJson(entry.value).length;
  if (bytes > MAX_VALUE_BYTES) {
    throw new ContractError(
      'payload_too_large',
      `board entry: /value: ${bytes} bytes, at most ${MAX_VALUE_BYTES}; store a blob and write its reference`,
      { field: '/value' },
    );
  }
}

/** Checks names that become part of a subject or key. Throws `ContractError`. */
export function checkTokens(names: Record<string, string>): void {
  for (const [name, value] of Object.entries(names)) {
    if (!isToken(value)) {
      throw new ContractError('message_invalid', `board: ${name} = ${JSON.stringify(value)} is not a token`, {
        field: `/${name}`,
      });
    }
  }
}

const invalid = (field: string, message: string): ContractError =>
  new ContractError('message_invalid', `board entry: /${field}: ${message}`, { field: `/${field}` });
