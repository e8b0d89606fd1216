import { type Body, canonicalJson, digestOf, type JournalEntry, type Json } from '@parley/contracts';
import { TerminalError } from './errors.ts';

export type Entry = Body<typeof JournalEntry>;

/** An entry before it has a place in the journal. */
export type Draft = Pick<Entry, 'kind' | 'name' | 'request' | 'result' | 'usage'>;

const OUTCOME = '$outcome';
const HANDOFF = '$handoff#';
const ASK = '$ask#';

/** The name under which an outcome is journaled. An attempt may follow a handoff or a question in the same journal, so that those have names of their own. */
export const outcomeName = (kind: string, attempt: number): string =>
  kind === 'handoff' ? `${HANDOFF}${attempt}` : kind === 'ask' ? `${ASK}${attempt}` : OUTCOME;

const isRequest = (name: string): boolean => name.startsWith(HANDOFF) || name.startsWith(ASK);

/** The digest by which a resumed step is compared with the journaled one. */
export const requestDigest = (request: unknown): string => digestOf(canonicalJson(request ?? null));

/**
 * Where a journal stands: its entries by name, and what the next entry must be written with. Pure; the owner appends.
 *
 * 1. A name is journaled at most once.
 * 2. `lastSequence` is the stream sequence of the newest entry, 0 for none: the expectation of the next append.
 */
export interface JournalCursor {
  readonly length: number;
  readonly lastSequence: number;
  /** The journaled entry of a step. Throws `TerminalError` `journal_mismatch` when it was another request. */
  find(name: string, kind: Entry['kind'], request: string): Entry | undefined;
  /** The outcome of earlier work that is not answered yet. A handoff or question of an attempt up to `answered` is: refused, come back, or told. */
  outcome(answered: number): Json | undefined;
  /** Records an entry that was read or appended. Throws `TerminalError` `journal_mismatch` when a name comes twice. */
  add(entry: Entry, sequence: number): void;
}

export function createJournalCursor(): JournalCursor {
  const byName = new Map<string, Entry>();
  let lastSequence = 0;
  const outcomes: Entry[] = [];
  return {
    get length() {
      return byName.size;
    },
    get lastSequence() {
      return lastSequence;
    },
    outcome: (answered) => outcomes.findLast(({ name, attempt }) => !isRequest(name) || attempt > answered)?.result,
    find(name, kind, request) {
      const entry = byName.get(name);
      if (entry === undefined) return undefined;
      if (entry.kind !== kind || entry.request !== request) {
        throw new TerminalError(
          'journal_mismatch',
          `step ${name} was journaled with another request; give each step its own name`,
        );
      }
      return entry;
    },
    add(entry, sequence) {
      if (byName.has(entry.name))
        throw new TerminalError('journal_mismatch', `step ${entry.name} is in the journal twice`);
      byName.set(entry.name, entry);
      lastSequence = sequence;
      if (entry.kind === 'outcome') outcomes.push(entry);
    },
  };
}
