import { CliError } from './cli-error.ts';
import { EXIT } from './exit-codes.ts';

/** A terminal signals the whole process group and npm passes the signal on: what comes within this time is one request. */
const SAME_SIGNAL_MS = 500;

/** The reason of an abort by Ctrl-C, SIGTERM or SIGHUP. */
export class Interrupted extends CliError {
  constructor(signal: NodeJS.Signals) {
    super({ exit: EXIT.interrupted, code: 'interrupted', message: `interrupted (${signal})` });
  }
}

/** Aborts at the first signal; a second one ends the process at once, and with it, on Linux, its children. */
export function abortOnSignals(onFirst: () => void = () => {}): AbortSignal {
  const abort = new AbortController();
  let firstAt: number | undefined;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (firstAt === undefined) {
        firstAt = performance.now();
        onFirst();
        abort.abort(new Interrupted(signal));
      } else if (performance.now() - firstAt > SAME_SIGNAL_MS) process.exit(EXIT.interrupted);
    });
  }
  return abort.signal;
}
