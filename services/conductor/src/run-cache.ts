import type { RunKey, RunLog } from './run-log.ts';

/** The most recently used runs. Losing an entry costs a read of the log, nothing else. */
export class RunCache {
  readonly #runs = new Map<string, RunLog>();
  readonly #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  static #id = ({ ns, run }: RunKey): string => `${ns}/${run}`;

  get(key: RunKey): RunLog | undefined {
    const id = RunCache.#id(key);
    const log = this.#runs.get(id);
    if (log !== undefined) {
      this.#runs.delete(id);
      this.#runs.set(id, log);
    }
    return log;
  }

  set(log: RunLog): void {
    const id = RunCache.#id(log.key);
    this.#runs.delete(id);
    this.#runs.set(id, log);
    if (this.#runs.size > this.#capacity) {
      const oldest = this.#runs.keys().next();
      if (!oldest.done) this.#runs.delete(oldest.value);
    }
  }

  drop(key: RunKey): void {
    this.#runs.delete(RunCache.#id(key));
  }
}
