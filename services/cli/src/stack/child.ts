import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { dieWithParent } from '@parley/servers';
import { EXIT } from '../exit-codes.ts';
import { describeExit, PermanentFailure, type ProcessExit, type ReadyProcess } from './supervisor.ts';

export interface ChildSpec {
  /** Of the TypeScript entry. */
  readonly entry: string;
  readonly execArgv: readonly string[];
  readonly args?: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly logFile: string;
}

const READY_MS = 60_000;
const STOP_MS = 10_000;

/**
 * Starts a service with this Node and resolves when it has logged `service.ready`. It has a process group of its own, so Ctrl-C reaches
 * its parent first; on Linux it is killed when its parent is. Its output goes to the log file.
 */
export async function startChild(spec: ChildSpec, signal: AbortSignal): Promise<ReadyProcess> {
  const { logFile } = spec;
  const child = launch(spec);
  const log = createWriteStream(logFile, { flags: 'a' });
  log.on('error', () => {});
  const ready = Promise.withResolvers<{ httpPort: number | undefined }>();
  const tail: string[] = [];
  let isReady = false;
  const onLine = (line: string): void => {
    if (isReady) return;
    tail.push(line);
    if (tail.length > 20) tail.shift();
    const found = readyLine(line);
    if (found === undefined) return;
    isReady = true;
    ready.resolve(found);
  };
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => log.write(chunk));
    if (stream !== null) eachLine(stream, onLine);
  }

  const exited = new Promise<ProcessExit>((resolve) => {
    child.once('error', (error) => {
      ready.reject(error);
      resolve({ code: null, signal: null });
    });
    // `close`, not `exit`: all output has been read by then.
    child.once('close', (code, ended) => resolve({ code, signal: ended }));
  });
  void exited.then((exit) => {
    log.end();
    const message = `${describeExit(exit)} before it was ready: ${lastWords(tail)}`;
    ready.reject(exit.code === EXIT.config ? new PermanentFailure(message) : new Error(message));
  });

  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    const deadline = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await exited;
    clearTimeout(deadline);
  };
  const onAbort = (): void => void child.kill('SIGTERM');
  signal.addEventListener('abort', onAbort, { once: true });
  const onParentExit = (): void => void child.kill('SIGKILL');
  process.once('exit', onParentExit);
  void exited.then(() => process.off('exit', onParentExit));
  const late = setTimeout(() => ready.reject(new Error(`was not ready within ${READY_MS / 1_000} s`)), READY_MS);

  try {
    const { httpPort } = await ready.promise;
    return { pid: child.pid ?? 0, httpPort, exited, stop };
  } catch (error) {
    await stop();
    throw error;
  } finally {
    clearTimeout(late);
    signal.removeEventListener('abort', onAbort);
  }
}

function launch({ entry, execArgv, args: given = [], cwd, env }: ChildSpec): ChildProcess {
  const { command, args } = dieWithParent('SIGKILL', process.execPath, [...execArgv, entry, ...given]);
  return spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
}

function eachLine(stream: NodeJS.ReadableStream, onLine: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
}

/** The port in a `{"event":"service.ready","http":…}` log line; undefined for any other line. */
export function readyLine(line: string): { httpPort: number | undefined } | undefined {
  if (!line.includes('"service.ready"')) return undefined;
  try {
    const { event, http } = JSON.parse(line) as { event?: unknown; http?: unknown };
    return event === 'service.ready' ? { httpPort: typeof http === 'number' ? http : undefined } : undefined;
  } catch {
    return undefined;
  }
}

/** What a person should read of the last lines: the newest logged or thrown error, else the last line. */
export function lastWords(lines: readonly string[]): string {
  const thrown = lines.findLast((line) => /^(\w*Error)\b.*:/.test(line));
  for (const line of lines.toReversed()) {
    try {
      const { level, err, msg } = JSON.parse(line) as { level?: string; err?: { message?: string }; msg?: string };
      const text = err?.message ?? msg;
      if ((level === 'fatal' || level === 'error') && text !== undefined) return text.split('\n', 1)[0] ?? text;
    } catch {
      if (line.trim() !== '') return thrown ?? line.trim();
    }
  }
  return 'it said nothing';
}
