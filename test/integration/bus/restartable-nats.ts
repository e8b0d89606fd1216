import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, startNats, type RunningServer } from '@parley/testing';

/** A NATS server that can die and come back on its port with its data. */
export interface RestartableNats extends AsyncDisposable {
  readonly url: string;
  /** Ends it without warning and starts it again, `downMs` later. */
  restart(downMs?: number): Promise<void>;
  /** Stops it in its tracks; resolves when every thread of it stands still. */
  freeze(): Promise<void>;
  thaw(): void;
}

export async function restartableNats(): Promise<RestartableNats> {
  const storeDir = await mkdtemp(join(tmpdir(), 'parley-bus-'));
  let server: RunningServer = await startNats({ storeDir });
  const { url, port } = server;
  return {
    url,
    async freeze() {
      server.kill('SIGSTOP');
      await eventually(() => expectFrozen(server.pid), { timeoutMs: 5_000 });
    },
    thaw: () => server.kill('SIGCONT'),
    async restart(downMs = 0) {
      server.kill('SIGKILL');
      await server.exited;
      await new Promise((resolve) => setTimeout(resolve, downMs));
      server = await startNats({ storeDir, port });
    },
    async [Symbol.asyncDispose]() {
      server.kill('SIGCONT');
      await server.stop();
      await rm(storeDir, { recursive: true, force: true });
    },
  };
}

/** A signal to stop reaches a busy process a moment after it was sent. Linux; elsewhere that moment is taken to be over. */
async function expectFrozen(pid: number): Promise<void> {
  if (process.platform !== 'linux') return;
  for (const thread of await readdir(`/proc/${pid}/task`)) {
    const status = await readFile(`/proc/${pid}/task/${thread}/stat`, 'utf8');
    const state = status.slice(status.lastIndexOf(')') + 2, status.lastIndexOf(')') + 3);
    if (state !== 'T') throw new Error(`thread ${thread} is ${state}`);
  }
}
