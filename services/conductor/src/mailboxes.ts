import type { Signal } from '@parley/core';
import type { RunKey } from './run-log.ts';

/** One signal on its way into a run, and how its delivery ends. */
export interface Mail {
  readonly key: RunKey;
  readonly signal: Signal;
  readonly traceparent: string | undefined;
  /** True when this may have been decided on before: open effects are emitted again. */
  readonly redelivered: boolean;
  done(): void;
  /** Could not be decided on now; comes again. */
  again(): void;
  /** Cannot ever be decided on. */
  poison(error: unknown): void;
}

/** The mail of one run, taken out to be decided on together. */
export interface Batch {
  readonly key: RunKey;
  readonly mail: readonly Mail[];
}

/**
 * A mailbox per run. A run is handed out to one batch at a time: what arrives meanwhile waits, and is then decided on together. (A report
 * can arrive before the append that opened its attempt is acked; without this the second decision would start from the old state.)
 */
export class Mailboxes {
  readonly #waiting = new Map<string, Mail[]>();
  readonly #busy = new Set<string>();

  static #id = ({ ns, run }: RunKey): string => `${ns}/${run}`;

  put(mail: Mail): void {
    const id = Mailboxes.#id(mail.key);
    const box = this.#waiting.get(id);
    if (box === undefined) this.#waiting.set(id, [mail]);
    else box.push(mail);
  }

  /** Takes the mail of every run that is not being decided on. Each batch must be given back by `release`. */
  take(): Batch[] {
    const batches: Batch[] = [];
    for (const [id, mail] of this.#waiting) {
      if (this.#busy.has(id)) continue;
      this.#waiting.delete(id);
      this.#busy.add(id);
      batches.push({ key: (mail[0] as Mail).key, mail });
    }
    return batches;
  }

  /** The run may be handed out again. True when mail waits for it. */
  release(key: RunKey): boolean {
    const id = Mailboxes.#id(key);
    this.#busy.delete(id);
    return this.#waiting.has(id);
  }

  get idle(): boolean {
    return this.#busy.size === 0 && this.#waiting.size === 0;
  }
}
