import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { TerminalError } from '@parley/agent';

export interface ProcessRequest {
  readonly argv: readonly string[];
  readonly cwd: string;
  /** All of it: nothing of this process's own environment is passed on. */
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface ProcessEnd {
  /** −1 when a signal ended it. */
  readonly exitCode: number;
  readonly signal: string | null;
  /** SHA-256 of everything it printed on both streams, in the order it arrived. */
  readonly digest: string;
  readonly bytes: number;
  readonly durationMs: number;
  /** The last 64 KiB of it. */
  readonly tail: Buffer;
}

export const TAIL_BYTES = 65_536;

/** Time that pipes may stay open after the process has ended and its group was killed: something has left the group. */
const CLOSE_MS = 1_000;

/**
 * Runs a program without a shell, in a process group of its own that is killed whole when the program ends, when its time is up (`TerminalError` `command_timeout`) and when the signal aborts (its
 * reason is thrown). What leaves the group with `setsid` escapes the kill: this is no sandbox.
 */
export async function runProcess({ argv, cwd, env, timeoutMs, signal }: ProcessRequest): Promise<ProcessEnd> {
  signal.throwIfAborted();
  const [command = '', ...args] = argv;
  const startedAt = performance.now();
  const child = spawn(command, args, { cwd, env: { ...env }, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = collect();
  child.stdout.on('data', output.add);
  child.stderr.on('data', output.add);
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));

  let stoppedBy: Error | undefined;
  const stop = (why: Error): void => {
    stoppedBy ??= why;
    killGroup(child.pid);
  };
  const late = `${argv.join(' ').slice(0, 200)} did not end within ${timeoutMs} ms`;
  const timer = setTimeout(() => stop(new TerminalError('command_timeout', late)), timeoutMs);
  const onAbort = (): void => stop(signal.reason as Error);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const { promise: ended, resolve, reject } = Promise.withResolvers<{ code: number | null; signal: string | null }>();
    child.once('exit', (code, name) => resolve({ code, signal: name }));
    child.once('error', (cause) =>
      reject(new TerminalError('command_unavailable', `${command} cannot be started: ${cause.message}`, { cause })),
    );
    const { code, signal: killedBy } = await ended;
    const durationMs = Math.round(performance.now() - startedAt);
    killGroup(child.pid);
    await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, CLOSE_MS).unref())]);
    if (stoppedBy !== undefined) throw withTail(stoppedBy, output.tail());
    return { exitCode: code ?? -1, signal: killedBy, durationMs, ...output.end() };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    child.stdout.destroy();
    child.stderr.destroy();
  }
}

/** What hangs is easier to find with the last that it said. */
function withTail(error: Error, tail: Buffer): Error {
  if (!(error instanceof TerminalError) || tail.length === 0) return error;
  return new TerminalError(error.code, `${error.message}: ${tail.subarray(-1_000).toString('utf8')}`, { cause: error });
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    // Nobody of the group is left. On macOS a group of zombies alone answers EPERM.
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ESRCH' && code !== 'EPERM') throw error;
  }
}

function collect() {
  const hash = createHash('sha256');
  let bytes = 0;
  let kept: Buffer[] = [];
  let keptBytes = 0;
  const tail = (): Buffer => {
    const whole = Buffer.concat(kept);
    return whole.subarray(Math.max(0, whole.length - TAIL_BYTES));
  };
  return {
    add(chunk: Buffer): void {
      hash.update(chunk);
      bytes += chunk.length;
      kept.push(chunk);
      keptBytes += chunk.length;
      if (keptBytes <= 2 * TAIL_BYTES) return;
      kept = [Buffer.from(tail())];
      keptBytes = TAIL_BYTES;
    },
    tail,
    end: () => ({ digest: hash.digest('hex'), bytes, tail: tail() }),
  };
}
