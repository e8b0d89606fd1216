import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { dieWithParent } from './die-with-parent.ts';
import { ServerStartError } from './errors.ts';
import { logTail } from './log-tail.ts';
import type { ServerBinary } from './server-binary.ts';

const START_MS = 30_000;
const STOP_MS = 5_000;

/** How a server process ended. */
export interface ServerExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A server that accepts connections, as a child of this process; leaving it by `await using` stops it. */
export interface RunningServer extends AsyncDisposable {
  url: string;
  port: number;
  pid: number;
  version: string;
  source: string;
  /** Settles when the process is gone, for whatever reason; never rejects. */
  exited: Promise<ServerExit>;
  /** Sends SIGTERM, after five seconds SIGKILL, and resolves when the process is gone. */
  stop(): Promise<void>;
  /** Sends a signal at once; `exited` tells when it took effect. */
  kill(signal: NodeJS.Signals): void;
}

/** What is started, and how to know that it is this very process that answers. */
export interface Launch {
  label: string;
  binary: ServerBinary;
  args: string[];
  url: string;
  port: number;
  logFile: string;
  /** Resolves when the server accepts connections, rejects while it does not. */
  probe: (pid: number) => Promise<{ version: string }>;
}

/**
 * Starts a server in a process group of its own, so that Ctrl-C reaches its parent first, and waits until it accepts connections. Its
 * output goes straight to the log file, so it never depends on its parent reading. When this process is gone, the server ends too.
 *
 * @throws ServerStartError with the end of the log
 */
export async function launchServer({ label, binary, args, url, port, logFile, probe }: Launch): Promise<RunningServer> {
  const log = await open(logFile, 'a');
  const wrapped = dieWithParent('SIGTERM', binary.command, [...binary.args, ...args]);
  const child = spawn(wrapped.command, wrapped.args, {
    stdio: ['ignore', log.fd, log.fd],
    env: { ...process.env, ...binary.env },
    detached: true,
  });
  const exited = new Promise<ServerExit>((resolve) => child.on('exit', (code, signal) => resolve({ code, signal })));
  try {
    await once(child, 'spawn');
  } catch (error) {
    throw new ServerStartError(label, error instanceof Error ? error.message : String(error), '', { cause: error });
  } finally {
    await log.close();
  }
  const pid = child.pid;
  if (pid === undefined) throw new ServerStartError(label, 'no process id', '');

  let running = true;
  const onParentExit = () => child.kill('SIGTERM');
  process.once('exit', onParentExit);
  void exited.then(() => {
    running = false;
    process.off('exit', onParentExit);
  });

  async function stop(): Promise<void> {
    if (running) child.kill('SIGTERM');
    const deadline = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await exited;
    clearTimeout(deadline);
  }

  const startedAt = performance.now();
  let problem = 'it did not answer';
  while (running && performance.now() - startedAt < START_MS) {
    const answer = await probe(pid).catch((error: unknown) => {
      problem = error instanceof Error ? error.message : String(error);
    });
    if (answer !== undefined && running) {
      const { source } = binary;
      const kill = (signal: NodeJS.Signals) => void child.kill(signal);
      return { url, port, pid, version: answer.version, source, exited, stop, kill, [Symbol.asyncDispose]: stop };
    }
    await delay(20);
  }
  const reason = running ? `not ready within ${START_MS} ms (${problem})` : describeExit(await exited);
  await stop();
  throw new ServerStartError(label, reason, await logTail(logFile));
}

function describeExit({ code, signal }: ServerExit): string {
  return signal === null ? `it ended with code ${code}` : `it was ended by ${signal}`;
}
