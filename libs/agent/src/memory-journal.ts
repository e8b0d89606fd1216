import type { Draft, Entry } from './journal-cursor.ts';
import { createJournalCursor } from './journal-cursor.ts';
import type { Journal } from './journal.ts';

/** A journal that lives in the process: for performing an agent without a bus. */
export function createMemoryJournal(entries: Entry[]): Journal {
  const cursor = createJournalCursor();
  for (const entry of entries) cursor.add(entry, entry.n);
  return {
    get length() {
      return cursor.length;
    },
    outcome: async (answered) => cursor.outcome(answered),
    find: async (name, kind, request) => cursor.find(name, kind, request),
    async append(draft: Draft) {
      const { usage, ...rest } = structuredClone(draft);
      const entry: Entry = { ...rest, n: cursor.length + 1, attempt: 1, instance: 'memory' };
      if (usage !== undefined) entry.usage = usage;
      cursor.add(entry, entry.n);
      entries.push(entry);
    },
    load: async () => {},
  };
}
