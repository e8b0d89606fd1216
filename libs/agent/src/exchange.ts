import type { Json } from '@parley/contracts';
import { TerminalError } from './errors.ts';
import type { Draft } from './journal-cursor.ts';
import type { Journal } from './journal.ts';
import type { Exchanged, Performance } from './performance.ts';

/** What an exchange has to ask before it begins and before it journals. */
export interface Gate {
  /** Throws when no further exchange may begin. */
  beforeExchange(): void;
  /** Throws when nothing may be journaled any more. */
  beforeJournal(): void;
}

/** Runs each named step once over all deliveries of a task. A step that runs already cannot be begun under the same name again. */
export function createExchange(journal: Pick<Journal, 'find' | 'append'>, gate: Gate): Performance['exchange'] {
  const running = new Set<string>();

  return async function exchange(
    step: Pick<Draft, 'kind' | 'name' | 'request'>,
    run: () => Promise<Exchanged>,
  ): Promise<Json> {
    gate.beforeExchange();
    if (running.has(step.name)) {
      throw new TerminalError('journal_mismatch', `step ${step.name} runs already; give each step its own name`);
    }
    running.add(step.name);
    try {
      const known = await journal.find(step.name, step.kind, step.request);
      if (known !== undefined) return known.result;
      const exchanged = await run();
      gate.beforeJournal();
      await journal.append({ ...step, result: exchanged.result, usage: exchanged.usage });
      return exchanged.result;
    } finally {
      running.delete(step.name);
    }
  };
}
