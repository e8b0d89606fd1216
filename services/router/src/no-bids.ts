import type { Bus } from '@parley/bus';
import type { OpenTask } from './open-task.ts';

const FIRST_MS = 250;
const LONGEST_MS = 2_000;
/** So long after its first call a task that nobody bids for is given up as unroutable. */
const PATIENCE_MS = 30_000;

interface Tried {
  readonly since: number;
  readonly calls: number;
}

/**
 * Tasks that live agents know of and none bids for: all are busy, or silent. They are called for again, with growing pauses; a team that
 * is full for some seconds loses nothing by it.
 */
export class NoBids {
  readonly #bus: Bus;
  readonly #route: (tasks: readonly OpenTask[]) => void;
  readonly #tried = new WeakMap<OpenTask, Tried>();
  readonly #waiting = new Map<NodeJS.Timeout, readonly OpenTask[]>();
  #stopped = false;

  constructor(bus: Bus, route: (tasks: readonly OpenTask[]) => void) {
    this.#bus = bus;
    this.#route = route;
  }

  /** Keeps the tasks for another call; gives back those that have waited long enough. */
  wait(tasks: readonly OpenTask[]): OpenTask[] {
    const now = this.#bus.now();
    const lost: OpenTask[] = [];
    const byPause = new Map<number, OpenTask[]>();
    for (const task of tasks) {
      const { since, calls } = this.#tried.get(task) ?? { since: now, calls: 0 };
      if (this.#stopped) task.settle('again');
      else if (now - since >= PATIENCE_MS) lost.push(task);
      else {
        this.#tried.set(task, { since, calls: calls + 1 });
        const pauseMs = Math.min(LONGEST_MS, FIRST_MS * 2 ** calls);
        byPause.set(pauseMs, [...(byPause.get(pauseMs) ?? []), task]);
      }
    }
    for (const [pauseMs, group] of byPause) {
      const timer = setTimeout(() => {
        this.#waiting.delete(timer);
        this.#route(group);
      }, pauseMs);
      this.#waiting.set(timer, group);
    }
    return lost;
  }

  /** Hands every waiting task back, for another router. */
  stop(): void {
    this.#stopped = true;
    for (const [timer, tasks] of this.#waiting) {
      clearTimeout(timer);
      for (const task of tasks) task.settle('again');
    }
    this.#waiting.clear();
  }
}
