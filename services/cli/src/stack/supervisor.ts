import { setTimeout as wait } from 'node:timers/promises';

export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A process that has become ready. */
export interface ReadyProcess {
  readonly pid: number;
  /** Where it serves metrics and health, when it does. */
  readonly httpPort?: number | undefined;
  /** Settles when the process is gone; never rejects. */
  readonly exited: Promise<ProcessExit>;
  /** Asks it to end, insists after a while, resolves when it is gone. */
  stop(): Promise<void>;
}

export type ProcessStatus = 'starting' | 'ready' | 'restarting' | 'down' | 'stopped';

export interface Supervised {
  readonly name: string;
  /** Starts the process and resolves when it is ready; on abort it ends the process and rejects. */
  readonly start: (signal: AbortSignal) => Promise<ReadyProcess>;
  /** Whether a process that ended by itself is started again. */
  readonly restart: boolean;
  readonly onChange?: (change: ProcessChange) => void;
  /** Milliseconds between two starts; tests replace it. */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface ProcessChange {
  readonly name: string;
  readonly status: ProcessStatus;
  readonly restarts: number;
  /** Why it is not running. */
  readonly because?: string;
}

export interface Supervisor {
  readonly name: string;
  readonly status: ProcessStatus;
  readonly restarts: number;
  readonly process: ReadyProcess | undefined;
  /** Settles when it has become ready for the first time; rejects when that is given up. */
  readonly ready: Promise<void>;
  stop(): Promise<void>;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;
/** A process that lived this long has recovered: the next pause is short again. */
const RECOVERED_MS = 10_000;
/** Failed starts in a row after which a process that was never ready is given up. */
const FIRST_TRIES = 4;

/** A failure that no further start can cure. */
export class PermanentFailure extends Error {
  override readonly name = 'PermanentFailure';
}

const pauseFor = (ms: number, signal: AbortSignal): Promise<void> => wait(ms, undefined, { signal });

/**
 * Keeps one process running: starting → ready → (it ends by itself) → restarting → ready … until `stop()`. The pause between two starts
 * doubles from 0.1 to 5 s. A process that has never been ready is given up after four tries or at a `PermanentFailure`; one that
 * has been ready once is started again for ever.
 */
export function supervise({ name, start, restart, onChange, pause = pauseFor }: Supervised): Supervisor {
  const stopping = new AbortController();
  const firstReady = Promise.withResolvers<void>();
  firstReady.promise.catch(() => {});
  let status: ProcessStatus = 'starting';
  let restarts = 0;
  let current: ReadyProcess | undefined;

  function change(next: ProcessStatus, because?: string): void {
    status = next;
    onChange?.({ name, status, restarts, ...(because === undefined ? {} : { because }) });
  }

  async function live(): Promise<void> {
    let wasReady = false;
    let failures = 0;
    for (;;) {
      let because: string;
      try {
        current = await start(stopping.signal);
        if (stopping.signal.aborted) return;
        const readyAt = performance.now();
        wasReady = true;
        change('ready');
        firstReady.resolve();
        because = describeExit(await current.exited);
        failures = performance.now() - readyAt > RECOVERED_MS ? 1 : failures + 1;
      } catch (error) {
        if (stopping.signal.aborted) return;
        failures++;
        because = error instanceof Error ? error.message : String(error);
        if (!wasReady && (error instanceof PermanentFailure || failures >= FIRST_TRIES || !restart)) {
          firstReady.reject(error);
          return change('down', because);
        }
      }
      current = undefined;
      if (stopping.signal.aborted) return;
      if (!restart) return change('down', because);
      restarts++;
      change('restarting', because);
      await pause(Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS), stopping.signal).catch(() => {});
      if (stopping.signal.aborted) return;
    }
  }

  const living = live();
  return {
    name,
    get status() {
      return status;
    },
    get restarts() {
      return restarts;
    },
    get process() {
      return current;
    },
    ready: firstReady.promise,
    async stop() {
      stopping.abort();
      firstReady.reject(new Error(`${name} was stopped before it was ready`));
      await current?.stop();
      await living;
      await current?.stop();
      current = undefined;
      if (status !== 'stopped') change('stopped');
    },
  };
}

export function describeExit({ code, signal }: ProcessExit): string {
  return signal === null ? `ended with code ${code}` : `ended by ${signal}`;
}
