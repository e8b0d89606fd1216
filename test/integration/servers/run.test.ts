import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort, PortInUseError, probeNatsUrl, probeRedisUrl, ServerStartError } from '@parley/servers';
import { eventually, sharedNats, sharedRedis, spawnService, startNats, startRedis } from '@parley/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-run-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

test('the shared servers of the run answer', async () => {
  expect(await probeNatsUrl(await sharedNats())).toMatchObject({ jetstream: true });
  expect((await probeRedisUrl(await sharedRedis())).processId).toBeGreaterThan(0);
});

test('nats-server starts with what was asked, and ends cleanly when stopped', async () => {
  const monitorPort = await findFreePort();
  const server = await startNats({ syncAlways: true, monitorPort, maxPayload: 2_097_152, serverName: 'asked' });
  expect(await probeNatsUrl(server.url)).toMatchObject({ serverName: 'asked', jetstream: true, maxPayload: 2_097_152 });
  const response = await fetch(`http://127.0.0.1:${monitorPort}/jsz`);
  expect(await response.json()).toMatchObject({ config: { sync_always: true } });
  await server.stop();
  expect(await server.exited).toEqual({ code: 0, signal: null });
  await expect(probeNatsUrl(server.url)).rejects.toThrow(/ECONNREFUSED/);
});

test.each([
  ['nats-server', async (port: number) => await startNats({ port })],
  ['redis-server', async (port: number) => await startRedis({ port })],
])('%s on a port in use is refused with a typed error', async (_, start) => {
  const other = createServer();
  const port = await new Promise<number>((resolve) => {
    other.listen(0, '127.0.0.1', () => resolve((other.address() as { port: number }).port));
  });
  const failing = start(port);
  await expect(failing).rejects.toBeInstanceOf(PortInUseError);
  await expect(failing).rejects.toMatchObject({ code: 'port_in_use', field: 'port', value: port });
  await new Promise((resolve) => other.close(resolve));
});

test('a killed server starts again on the same port and directory', async () => {
  const first = await startNats({ storeDir: folder });
  first.kill('SIGKILL');
  expect(await first.exited).toEqual({ code: null, signal: 'SIGKILL' });
  await using second = await startNats({ storeDir: folder, port: first.port });
  expect(second.url).toBe(first.url);
});

test('what Redis was told before a kill is there after its restart', async () => {
  const first = await startRedis({ dir: folder, appendfsync: 'always' });
  await redisCommand(first.port, 'SET colour blue');
  first.kill('SIGKILL');
  await first.exited;
  await using second = await startRedis({ dir: folder, port: first.port });
  expect(await redisCommand(second.port, 'GET colour')).toContain('blue');
});

test('a data directory is not shared by two live servers', async () => {
  await using first = await startRedis({ dir: folder });
  await expect(startRedis({ dir: folder })).rejects.toMatchObject({
    code: 'directory_in_use',
    field: 'dir',
    value: folder,
    message: expect.stringContaining(`process ${first.pid}`) as unknown,
  });
});

test('a server that dies while it starts rejects with the end of its log', async () => {
  const command = join(folder, 'broken');
  await writeFile(command, '#!/bin/sh\necho "cannot read the moon" >&2\nexit 7\n');
  await chmod(command, 0o755);
  const failing = startNats({ binary: { command, args: [], env: {}, version: '9.0.0', source: 'test' } });
  await expect(failing).rejects.toBeInstanceOf(ServerStartError);
  await expect(failing).rejects.toThrow(/it ended with code 7\ncannot read the moon/);
});

test('a server that ignores SIGTERM is killed after the deadline', async () => {
  await using server = await startNats({ storeDir: folder });
  process.kill(server.pid, 'SIGSTOP');
  const started = performance.now();
  await server.stop();
  expect(await server.exited).toEqual({ code: null, signal: 'SIGKILL' });
  expect(performance.now() - started).toBeGreaterThan(4_000);
  expect(await readFile(join(folder, 'nats-server.log'), 'utf8')).toContain('Server is ready');
}, 15_000);

test.runIf(process.platform === 'linux')('a server ends when the process that started it is killed', async () => {
  const program = join(import.meta.dirname, 'start-and-wait.ts');
  await using parent = spawnService(program, { STORE_DIR: folder });
  await parent.ready(/at nats:\S+\n/);
  const url = /at (nats:\S+)/.exec(parent.output())?.[1] ?? '';
  expect(await probeNatsUrl(url)).toMatchObject({ jetstream: true });
  await parent.kill('SIGKILL');
  await eventually(async () => await expect(probeNatsUrl(url)).rejects.toThrow(/ECONNREFUSED/));
});

async function redisCommand(port: number, words: string): Promise<string> {
  return await new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(`${words}\r\n`));
    socket.once('data', (data) => {
      socket.destroy();
      resolve(String(data));
    });
    socket.once('error', reject);
  });
}
