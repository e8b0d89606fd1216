import type { Bus, BusErrorLike, StreamOutgoing } from '@parley/bus';
import { backoffMs, wait } from './wait.ts';

interface Waiting {
  readonly message: StreamOutgoing;
  readonly settle: (error: BusErrorLike | undefined) => void;
}

/** Stores reports; all that are ready in one turn of the event loop go together. */
export interface ReportBatch {
  /** Calls back when the report is stored, or with the error when it never will be. Outages are waited out. */
  add(message: StreamOutgoing, settle: (error: BusErrorLike | undefined) => void): void;
}

const RETRY_BASE_MS = 100;
const RETRY_MAX_MS = 5_000;

export function createReportBatch(bus: Bus): ReportBatch {
  let waiting: Waiting[] = [];

  async function store(batch: readonly Waiting[]): Promise<void> {
    let open = batch;
    for (let attempt = 1; open.length > 0; attempt++) {
      const results = await bus.store(open.map(({ message }) => message));
      const again: Waiting[] = [];
      for (const [i, item] of open.entries()) {
        const result = results[i];
        if (result === undefined || !('code' in result)) item.settle(undefined);
        else if (result.code === 'unavailable' || result.code === 'timeout') again.push(item);
        else item.settle(result);
      }
      open = again;
      if (open.length > 0) await wait(backoffMs(attempt, RETRY_BASE_MS, RETRY_MAX_MS));
    }
  }

  function flush(): void {
    const batch = waiting;
    waiting = [];
    store(batch).catch((error: unknown) => {
      for (const item of batch) item.settle(error as BusErrorLike);
    });
  }

  return {
    add(message, settle) {
      if (waiting.push({ message, settle }) === 1) setImmediate(flush);
    },
  };
}
