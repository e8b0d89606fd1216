import { readFileSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ProcessStatus } from './supervisor.ts';
import type { ProcessKind } from './services.ts';

/** One line of what runs where. */
export interface ProcessRow {
  readonly name: string;
  readonly kind: ProcessKind;
  /** 0 when it does not run, or when somebody else runs it. */
  readonly pid: number;
  readonly httpPort: number | null;
  readonly url: string | null;
  readonly status: ProcessStatus | 'external';
  readonly restarts: number;
}

/** `dev.json`: how other commands find a running stack. */
export interface StackState {
  readonly version: 1;
  readonly pid: number;
  readonly startedAt: string;
  readonly data: string;
  readonly docs: string;
  readonly namespace: string;
  readonly natsUrl: string;
  readonly redisUrl: string;
  readonly modelUrl: string | null;
  readonly processes: readonly ProcessRow[];
}

/** Replaces its file in one step; calls are written in order and the newest wins. */
export interface StateFile {
  write(state: StackState): void;
  /** Resolves when the newest state is on disk. */
  settled(): Promise<void>;
  remove(): Promise<void>;
}

export function openStateFile(path: string): StateFile {
  let writing: Promise<void> = Promise.resolve();
  let next: StackState | undefined;
  let removed = false;

  async function writeNext(): Promise<void> {
    if (next === undefined || removed) return;
    const text = `${JSON.stringify(next, null, 2)}\n`;
    next = undefined;
    const staged = `${path}.${process.pid}`;
    await writeFile(staged, text, { mode: 0o600 });
    await rename(staged, path);
  }

  return {
    write(state) {
      next = state;
      writing = writing.then(writeNext).catch(() => {});
    },
    settled: () => writing,
    async remove() {
      removed = true;
      await writing;
      await rm(path, { force: true });
    },
  };
}

/** The stack whose `dev.json` lies in a data folder, or in `.parley` of the nearest folder upwards; undefined when none runs there. */
export function findRunningStack(options: { data?: string | undefined; from: string }): StackState | undefined {
  if (options.data !== undefined) return readState(join(options.data, 'dev.json'));
  for (let folder = options.from; ; folder = dirname(folder)) {
    const state = readState(join(folder, '.parley', 'dev.json'));
    if (state !== undefined) return state;
    if (dirname(folder) === folder) return undefined;
  }
}

function readState(path: string): StackState | undefined {
  try {
    const state = JSON.parse(readFileSync(path, 'utf8')) as StackState;
    return state.version === 1 && isAlive(state.pid) ? state : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
