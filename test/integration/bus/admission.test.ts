import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { connectBus } from '@parley/bus';
import { startNats } from '@parley/testing';
import { bytes } from './messages.ts';

const run = promisify(execFile);

/** Something that introduces itself as nats-server with these properties. */
async function introducing(info: object): Promise<{ url: string } & AsyncDisposable> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.write(
      `INFO ${JSON.stringify({ server_id: 'x', server_name: 'x', go: 'x', headers: true, max_payload: 1_048_576, proto: 1, ...info })}\r\n`,
    );
    socket.on('data', (data) => {
      if (data.includes('PING')) socket.write('PONG\r\n');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `nats://127.0.0.1:${address.port}`,
    [Symbol.asyncDispose]: async () => {
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test.each([
  [{ version: '2.12.12', jetstream: true, api_lvl: 2 }, 'server_too_old', /2\.12\.12.*2\.14\.3.*install/],
  [{ version: '2.14.2', jetstream: true, api_lvl: 4 }, 'server_too_old', /2\.14\.2.*2\.14\.3.*install/],
  [{ version: '2.14.3', jetstream: true, api_lvl: 2 }, 'server_too_old', /API level 2/],
  [{ version: '2.15.1' }, 'unavailable', /start it with -js/],
])('refuses a server that says %o', async (info, code, message) => {
  await using server = await introducing(info);
  const refused = connectBus({ url: server.url, name: 'gate', topology: 'ensure' });
  await expect(refused).rejects.toMatchObject({ code, message: expect.stringMatching(message) as string });
});

test('refuses the nats-server of Debian 12, which drops what it does not know', async (ctx) => {
  const folder = await mkdtemp(join(tmpdir(), 'parley-old-nats-'));
  ctx.onTestFinished(async () => await rm(folder, { recursive: true, force: true }));
  try {
    await run('apt-get', ['download', 'nats-server=2.9.10*'], { cwd: folder });
  } catch (error) {
    ctx.skip(`nats-server 2.9.10 cannot be had from apt: ${String(error).slice(0, 200)}`);
  }
  const [file] = await readdir(folder);
  await run('dpkg-deb', ['-x', join(folder, file as string), folder]);
  await using server = await startNats({
    binary: {
      command: join(folder, 'usr/sbin/nats-server'),
      args: [],
      env: {},
      version: '2.9.10',
      source: 'Debian 12',
    },
  });
  await expect(connectBus({ url: server.url, name: 'gate', topology: 'ensure' })).rejects.toMatchObject({
    code: 'server_too_old',
    message: expect.stringMatching(/2\.9\.10.*2\.14/) as string,
  });
});

test('says where it found nothing', async () => {
  const refused = connectBus({ url: 'nats://127.0.0.1:1', name: 'gate', topology: 'ensure' });
  await expect(refused).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('127.0.0.1:1') as string,
  });
});

test('two processes that create the topology at once both find it as declared', async () => {
  await using server = await startNats({ serverName: 'parley-topology-race' });
  const open = async (name: string) => await connectBus({ url: server.url, name, topology: 'ensure' });
  const buses = await Promise.all([open('a'), open('b'), open('c')]);
  await using check = await connectBus({ url: server.url, name: 'check', topology: 'check' });
  expect(check.status).toBe('connected');
  await Promise.all(buses.map(async (bus) => await bus.close()));
});

test('a missing stream and a stream with other settings are named', async () => {
  await using server = await startNats({ serverName: 'parley-topology-drift' });
  await expect(connectBus({ url: server.url, name: 'check', topology: 'check' })).rejects.toMatchObject({
    code: 'topology_drift',
    message: expect.stringContaining('INTAKE') as string,
  });
  await using raw = await connectBus({ url: server.url, name: 'raw', topology: 'none' });
  const config = {
    name: 'RUNS',
    subjects: ['parley.v1.run.event.>'],
    retention: 'workqueue',
    storage: 'file',
    num_replicas: 1,
  };
  await raw.request(
    { subject: '$JS.API.STREAM.CREATE.RUNS', payload: bytes(JSON.stringify(config)) },
    { timeoutMs: 2_000 },
  );
  await expect(connectBus({ url: server.url, name: 'drift', topology: 'ensure' })).rejects.toMatchObject({
    code: 'topology_drift',
    message: expect.stringMatching(/RUNS: retention is "workqueue"/) as string,
  });
});
