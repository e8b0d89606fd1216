import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { eventually } from '@parley/testing';
import { onTestFinished } from 'vitest';

export const ROOT = resolve(import.meta.dirname, '../..');

const ENTRY = { demo: 'services/cli/src/demo.ts', parley: 'services/cli/src/main.ts' } as const;

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running program; disposing it ends it, if need be by force. */
export interface Program extends AsyncDisposable {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  stdout(): string;
  stderr(): string;
  kill(signal: NodeJS.Signals): void;
  /** Resolves when what it wrote to stderr or stdout matches; rejects when it ends first. */
  says(pattern: RegExp, timeoutMs?: number): Promise<void>;
}

/** Starts the demo or the `parley` command as a user would; it is ended with the test. */
export function start(...args: Parameters<typeof launch>): Program {
  const program = launch(...args);
  onTestFinished(() => program[Symbol.asyncDispose]());
  return program;
}

/** The same for whoever disposes it. */
export function launch(
  entry: keyof typeof ENTRY,
  args: readonly string[],
  env: Record<string, string> = {},
  cwd: string = ROOT,
): Program {
  const { ANTHROPIC_API_KEY: _key, ANTHROPIC_BASE_URL: _url, NODE_OPTIONS: _options, ...inherited } = process.env;
  const child = spawn(process.execPath, [resolve(ROOT, ENTRY[entry]), ...args], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...inherited, NO_COLOR: '1', ...env },
  });
  let stdout = '';
  let stderr = '';
  let end: Ended | undefined;
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = new Promise<Ended>((done) => {
    child.on('close', (code, signal) => done((end = { code, signal, stdout, stderr })));
  });
  return {
    pid: child.pid ?? 0,
    ended,
    stdout: () => stdout,
    stderr: () => stderr,
    kill: (signal) => void child.kill(signal),
    async says(pattern, timeoutMs = 60_000) {
      await eventually(
        () => {
          if (pattern.test(stderr) || pattern.test(stdout) || end !== undefined) return;
          throw new Error(`waiting for ${pattern}; so far:\n${stderr.slice(-2_000)}`);
        },
        { timeoutMs, everyMs: 20 },
      );
      if (!pattern.test(stderr) && !pattern.test(stdout))
        throw new Error(`ended with ${end?.code} before it said ${pattern}:\n${stderr.slice(-2_000)}`);
    },
    async [Symbol.asyncDispose]() {
      if (end !== undefined) return;
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), 20_000);
      await ended;
      clearTimeout(late);
    },
  };
}

/** Runs it to its end. */
export async function run(
  entry: keyof typeof ENTRY,
  args: readonly string[],
  env: Record<string, string> = {},
  cwd?: string,
): Promise<Ended> {
  return await start(entry, args, env, cwd).ended;
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
