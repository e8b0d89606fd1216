import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startNats, type RunningServer } from '@parley/testing';

/** A NATS server that can die and come back on its port with its data. */
export interface RestartableNats extends AsyncDisposable {
  readonly url: string;
  /** Ends it without warning and starts it again, `downMs` later. */
  restart(downMs?: number): Promise<void>;
  signal(signal: NodeJS.Signals): void;
}

export async function restartableNats(): Promise<RestartableNats> {
  const storeDir = await mkdtemp(join(tmpdir(), 'parley-bus-'));
  let server: RunningServer = await startNats({ storeDir });
  const { url, port } = server;
  return {
    url,
    signal: (signal) => server.kill(signal),
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
