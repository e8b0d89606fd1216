import { setTimeout as delay } from 'node:timers/promises';

const EVERY_MS = 1_000;

export interface UpkeepOptions {
  /** For this long after the start nothing expires: holders may have waited for a guardian to settle with. */
  readonly graceMs: number;
  readonly namespaces: () => Promise<readonly string[]>;
  readonly ofNamespace: (ns: string, mayExpire: boolean) => Promise<void>;
  readonly always: () => void;
  readonly failed: (error: unknown) => void;
}

/** Looks after every namespace once a second, one after the other; a failure is told and tried again the next time. */
export function startUpkeep({ graceMs, namespaces, ofNamespace, always, failed }: UpkeepOptions): AsyncDisposable {
  const stopping = new AbortController();
  const started = performance.now();

  async function round(): Promise<void> {
    always();
    for (const ns of await namespaces()) {
      if (stopping.signal.aborted) return;
      await ofNamespace(ns, performance.now() - started >= graceMs);
    }
  }

  async function loop(): Promise<void> {
    while (!stopping.signal.aborted) {
      await round().catch(failed);
      await delay(EVERY_MS, undefined, { signal: stopping.signal }).catch(() => {});
    }
  }

  const ended = loop();
  return {
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await ended;
    },
  };
}
