import { spawn } from 'node:child_process';
import { eventually } from './eventually.ts';

const STOP_MS = 10_000;

/** How a process ended. */
export interface ProcessExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A service under test as a real process; leaving it by `await using` stops it. */
export interface ServiceProcess extends AsyncDisposable {
  pid: number;
  /** All it has written to stdout and stderr so far. */
  output(): string;
  /**
   * Resolves when the output matches a pattern, or when a URL (`/readyz`) answers with success; default 15 s. Rejects with the end
   * of the output when the process ends first or the time is over.
   */
  ready(condition: RegExp | URL, timeoutMs?: number): Promise<void>;
  /** Sends a signal and resolves when the process is gone. */
  kill(signal: NodeJS.Signals): Promise<ProcessExit>;
  exited: Promise<ProcessExit>;
}

/** Runs a TypeScript entry file with this Node; an `undefined` in `env` removes that variable. */
export function spawnService(
  entryFile: string,
  env: Record<string, string | undefined> = {},
  args: string[] = [],
): ServiceProcess {
  const child = spawn(process.execPath, [entryFile, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));

  let ended: ProcessExit | undefined;
  const onParentExit = () => child.kill('SIGKILL');
  process.once('exit', onParentExit);
  const exited = new Promise<ProcessExit>((resolve) => {
    const end = (exit: ProcessExit) => {
      ended = exit;
      process.off('exit', onParentExit);
      resolve(exit);
    };
    child.on('error', (error) => {
      output += `${error.message}\n`;
      end({ code: null, signal: null });
    });
    // `close`, not `exit`: all output has been read by then.
    child.on('close', (code, signal) => end({ code, signal }));
  });

  function describe(problem: string): Error {
    return new Error(`${entryFile} ${problem}; its output ends with:\n${output.split('\n').slice(-30).join('\n')}`);
  }

  async function ready(condition: RegExp | URL, timeoutMs = 15_000): Promise<void> {
    const holds = async () => {
      if (ended !== undefined) return;
      if (condition instanceof RegExp ? !condition.test(output) : !(await fetch(condition)).ok) {
        throw new Error(`waiting for ${String(condition)}`);
      }
    };
    try {
      await eventually(holds, { timeoutMs, everyMs: 25 });
    } catch (error) {
      throw Object.assign(describe(`was not ready within ${timeoutMs} ms`), { cause: error });
    }
    if (ended !== undefined && !(condition instanceof RegExp && condition.test(output))) {
      throw describe(`ended with ${ended.signal ?? `code ${ended.code}`}`);
    }
  }

  async function kill(signal: NodeJS.Signals): Promise<ProcessExit> {
    if (ended === undefined) child.kill(signal);
    return await exited;
  }

  async function stop(): Promise<void> {
    const deadline = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await kill('SIGTERM');
    clearTimeout(deadline);
  }

  return { pid: child.pid ?? 0, output: () => output, ready, kill, exited, [Symbol.asyncDispose]: stop };
}
