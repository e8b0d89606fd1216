import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunningServer } from '@parley/servers';

/** Runs a server on a new temporary folder that is deleted after the server is stopped. */
export async function inTemporaryFolder(
  prefix: string,
  start: (folder: string) => Promise<RunningServer>,
): Promise<RunningServer> {
  const folder = await mkdtemp(join(tmpdir(), `parley-${prefix}-`));
  const remove = async () => await rm(folder, { recursive: true, force: true });
  try {
    const server = await start(folder);
    const stop = async () => {
      await server.stop();
      await remove();
    };
    return { ...server, stop, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Stands for a server that someone else runs: stopping leaves it alone, and it cannot be killed. */
export function borrowedServer(url: string, port: number, version: string, source: string): RunningServer {
  const stop = async () => {};
  return {
    url,
    port,
    pid: 0,
    version,
    source,
    stop,
    kill: () => {
      throw new Error(`the server at ${url} is not ours to kill; start a private one by giving an option`);
    },
    exited: new Promise(() => {}),
    [Symbol.asyncDispose]: stop,
  };
}
