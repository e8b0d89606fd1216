/** Aborts its signal when `touch` was not called for `idleMs`; unarmed until the first `touch`. */
export class IdleTimer implements Disposable {
  readonly #controller = new AbortController();
  readonly #idleMs: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(idleMs: number) {
    this.#idleMs = idleMs;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  touch(): void {
    if (this.#timer === undefined) this.#timer = setTimeout(() => this.#controller.abort(), this.#idleMs);
    else this.#timer.refresh();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
