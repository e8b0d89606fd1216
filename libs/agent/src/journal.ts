import type { Bus } from '@parley/bus';
import { headersOf, JournalEntry, type Json } from '@parley/contracts';
import type { Blobs } from './blobs.ts';
import { StopWork, TerminalError } from './errors.ts';
import { createJournalCursor, type Draft, type Entry } from './journal-cursor.ts';

/** The journal of one task, held by one delivery of its award. */
export interface Journal {
  readonly length: number;
  /** The outcome that earlier work reached, with large values restored; not a handoff that is answered. */
  outcome(answered: number): Promise<Json | undefined>;
  /**
   * A journaled exchange with its result restored. Reads what is stored first, where that was not done: a delivery that says it is the first may
   * not be, since a server that was killed forgets what it delivered. Throws `TerminalError` `journal_mismatch`, `StopWork` `lost`.
   */
  find(name: string, kind: Entry['kind'], request: string): Promise<Entry | undefined>;
  /** Writes the next entry; entries are written one at a time. Throws `StopWork` `lost` when somebody else wrote first. */
  append(draft: Draft): Promise<void>;
  /** Reads what is stored; to be called at most once, before anything else. */
  load(): Promise<void>;
}

export interface JournalOptions {
  readonly bus: Bus;
  readonly blobs: Blobs;
  readonly ns: string;
  readonly agent: string;
  readonly journal: string;
  readonly attempt: number;
  readonly instance: string;
  /** Unique to this delivery: two holders never write the same message id. */
  readonly holding: string;
  /** Told of each entry that was stored before, whichever way it was read. */
  readonly onStored: (entry: Entry) => void;
}

export function openJournal(options: JournalOptions): Journal {
  const { bus, blobs, ns, agent, journal, attempt, instance, holding, onStored } = options;
  const subject = JournalEntry.toSubject({ ns, agent, journal });
  const cursor = createJournalCursor();
  let writing: Promise<void> = Promise.resolve();
  let loading: Promise<void> | undefined;

  async function load(): Promise<void> {
    for await (const { payload, sequence } of bus.read('JOURNAL', subject)) {
      const entry = JournalEntry.decode(payload);
      cursor.add(entry, sequence);
      onStored(entry);
    }
  }

  async function loadUnseen(): Promise<void> {
    try {
      await load();
    } catch (cause) {
      if (cause instanceof TerminalError) throw cause;
      throw new StopWork('lost', 'the journal could not be read', { cause });
    }
  }

  async function write(draft: Draft): Promise<void> {
    const result = await blobs.spill(draft.result);
    const n = cursor.length + 1;
    const entry: Entry = { n, kind: draft.kind, name: draft.name, request: draft.request, result, attempt, instance };
    if (draft.usage !== undefined) entry.usage = draft.usage;
    const id = `${holding}.${n}`;
    const stored = await bus.store([
      {
        subject,
        payload: JournalEntry.encode(entry),
        id,
        headers: headersOf(
          JournalEntry,
          { id, source: `/agent/${agent}/${instance}`, conversation: journal, attempt },
          bus.now(),
        ),
        expect: { lastSequence: cursor.lastSequence },
      },
    ]);
    const first = stored[0];
    if (first === undefined || 'code' in first) {
      const why =
        first?.code === 'conflict' ? 'another holder wrote to the journal' : 'the journal could not be written';
      throw new StopWork('lost', why, { cause: first });
    }
    cursor.add(entry, first.sequence);
  }

  return {
    get length() {
      return cursor.length;
    },
    async outcome(answered) {
      const outcome = cursor.outcome(answered);
      return outcome === undefined ? undefined : blobs.restore(outcome);
    },
    async find(name, kind, request) {
      await (loading ??= loadUnseen());
      const entry = cursor.find(name, kind, request);
      return entry === undefined ? undefined : { ...entry, result: await blobs.restore(entry.result) };
    },
    append(draft) {
      const written = writing.then(() => write(draft));
      // After a failed write every later one fails too: the expectation does not hold any more.
      writing = written;
      written.catch(() => {});
      return written;
    },
    load: () => (loading = load()),
  };
}
