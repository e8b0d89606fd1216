/** Time as an in-memory bus sees it. */
export interface BusClock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls `run` after that many milliseconds. Returns how to cancel. */
  after(ms: number, run: () => void): () => void;
}

const LONGEST_MS = 2 ** 31 - 1;

/** The time of the machine. */
export const systemClock: BusClock = {
  now: () => Date.now(),
  after(ms, run) {
    // A timer of the machine holds at most 2³¹ − 1 ms; a longer one is set again on the way.
    let timer: NodeJS.Timeout;
    const set = (left: number): void => {
      timer = left > LONGEST_MS ? setTimeout(() => set(left - LONGEST_MS), LONGEST_MS) : setTimeout(run, left);
    };
    set(ms);
    return () => clearTimeout(timer);
  },
};

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

const realImmediate = setImmediate;

/** Lets everything that is due on the event loop happen. */
const settle = (): Promise<void> => new Promise((resolve) => void realImmediate(resolve));

/** Turns of the event loop given to what a timer sets off, before the next timer runs. */
const TURNS = 8;

/** Time that stands still until it is moved: same program, same order of events. */
export class ManualClock implements BusClock {
  readonly #timers = new Set<Timer>();
  #now: number;
  #order = 0;

  constructor(startMs: number = Date.UTC(2026, 0, 1)) {
    this.#now = startMs;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): () => void {
    const timer: Timer = { at: this.#now + Math.max(0, ms), order: this.#order++, run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Moves time on, timer by timer, and lets each one's consequences happen before the next. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    await this.#rest();
    for (let timer = this.#next(until); timer !== undefined; timer = this.#next(until)) {
      this.#timers.delete(timer);
      this.#now = Math.max(this.#now, timer.at);
      timer.run();
      await this.#rest();
    }
    this.#now = until;
  }

  async #rest(): Promise<void> {
    for (let turn = 0; turn < TURNS; turn++) await settle();
  }

  #next(until: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.at > until) continue;
      if (first === undefined || timer.at < first.at || (timer.at === first.at && timer.order < first.order))
        first = timer;
    }
    return first;
  }
}
