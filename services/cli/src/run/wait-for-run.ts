import type { Bus } from '@parley/bus';
import type { RunSettled } from '@parley/contracts';
import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';
import { followRun, type StreamEnds } from './follow-run.ts';
import { createProgress, type ProgressLine, type RunTotals } from './progress.ts';

export interface RunOutcome {
  readonly settled: RunSettled;
  readonly totals: RunTotals;
}

export interface WaitOptions {
  readonly bus: Bus;
  readonly namespace: string;
  readonly runId: string;
  readonly from?: StreamEnds;
  readonly onLine?: (line: ProgressLine, totals: RunTotals) => void;
  readonly timeoutMs?: number | undefined;
  readonly signal: AbortSignal;
}

/** Awards and usage come over other subscriptions than the log's last decision; milliseconds they get to arrive. */
const TRAILING_MS = 250;

/** Follows a run until it has settled. Throws `CliError` when that takes longer than `timeoutMs`. */
export async function waitForRun(options: WaitOptions): Promise<RunOutcome> {
  const { bus, namespace, runId, from, onLine, timeoutMs, signal } = options;
  const progress = createProgress();
  const done = Promise.withResolvers<RunSettled>();
  const onAbort = (): void => done.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  await using _following = await followRun({
    bus,
    namespace,
    runId,
    ...(from === undefined ? {} : { from }),
    onFact(_run, fact) {
      for (const line of progress.apply(fact)) onLine?.(line, progress.totals());
      if (progress.settled !== undefined) done.resolve(progress.settled);
    },
  });
  const late = setTimeout(() => done.reject(timedOut(runId, timeoutMs ?? 0)), timeoutMs ?? 2 ** 31 - 1);
  try {
    const settled = await done.promise;
    await new Promise((resolve) => setTimeout(resolve, TRAILING_MS));
    return { settled, totals: progress.totals() };
  } finally {
    clearTimeout(late);
    signal.removeEventListener('abort', onAbort);
  }
}

function timedOut(runId: string, timeoutMs: number): CliError {
  return new CliError({
    exit: EXIT.unavailable,
    code: 'timeout',
    field: '--timeout',
    value: `${timeoutMs / 1_000} s`,
    message: `run ${runId} has not ended in this time`,
    fix: 'give it more time',
  });
}
