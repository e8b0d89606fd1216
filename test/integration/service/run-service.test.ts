import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';

const MAIN = fileURLToPath(new URL('tiny-service.ts', import.meta.url));
const TELEMETRY = import.meta.resolve('@parley/service/telemetry');
const processes = new Set<ChildProcess>();

afterEach(() => {
  for (const child of processes) child.kill('SIGKILL');
  processes.clear();
});

type Line = Record<string, unknown>;

function startTiny(environment: Record<string, string>, nodeOptions: string[] = []) {
  const child = spawn(process.execPath, [...nodeOptions, MAIN], {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  processes.add(child);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const exited = once(child, 'close').then(([code]) => code as number | null);
  const lines = () =>
    stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Line);
  return {
    child,
    exited,
    lines,
    stderr: () => stderr,
    steps: () => lines().flatMap((line) => (line['event'] === 'tiny.step' ? [line['step']] : [])),
    async event(name: string): Promise<Line> {
      for (;;) {
        const line = lines().find((candidate) => candidate['event'] === name);
        if (line !== undefined) return line;
        if (child.exitCode !== null) throw new Error(`ended without ${name}: ${stdout}${stderr}`);
        await delay(10);
      }
    },
  };
}

test('a service answers /readyz and /metrics, and SIGTERM stops it in order with code 0', async () => {
  const tiny = startTiny({ PARLEY_TINY_SLOT: '2' });
  const ready = await tiny.event('service.ready');
  expect(ready).toMatchObject({ service: 'tiny', instance: expect.stringMatching(/^[0-9a-f]{8}$/) });
  const url = `http://127.0.0.1:${String(ready['http'])}`;
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  expect(await (await fetch(`${url}/metrics`)).text()).toContain('parley_tiny_total{kind="start",service="tiny"} 1');
  expect(tiny.lines()).toContainEqual(
    expect.objectContaining({ event: 'config.unknown_variable', nearest: 'PARLEY_TINY_SLOTS' }),
  );

  tiny.child.kill('SIGTERM');
  tiny.child.kill('SIGTERM');
  expect(await tiny.exited).toBe(0);
  expect(tiny.steps()).toEqual(['shutdown', 'drain', 'drained', 'dispose']);
  expect(
    tiny
      .lines()
      .filter((line) => line['event'] === 'tiny.step')
      .every((line) => line['ready'] === false),
  ).toBe(true);
  expect(tiny.lines().at(-1)).toMatchObject({ event: 'service.stopped', code: 0 });
});

test('a lost connection ends the process with code 1 after disposal, without drain', async () => {
  const tiny = startTiny({ TINY_MODE: 'closes' });
  expect(await tiny.exited).toBe(1);
  expect(tiny.steps()).toEqual(['shutdown', 'dispose']);
  expect(await tiny.event('service.failed')).toMatchObject({ because: 'closed', err: { message: 'connection lost' } });
});

test('an unhandled rejection is logged with its stack and ends the process with code 1', async () => {
  const tiny = startTiny({ TINY_MODE: 'rejects-unhandled' });
  expect(await tiny.exited).toBe(1);
  expect(await tiny.event('service.crash')).toMatchObject({ err: { stack: expect.stringContaining('forgotten') } });
  expect(tiny.steps()).toContain('dispose');
});

test('a service that fails to start ends with code 1 and the reason', async () => {
  const tiny = startTiny({ TINY_MODE: 'fails-to-start' });
  expect(await tiny.exited).toBe(1);
  expect(await tiny.event('service.failed')).toMatchObject({ err: { message: 'no server' } });
});

test('wrong variables of the service and the runtime end it with code 78 and one line each', async () => {
  const tiny = startTiny({
    TINY_MODE: 'x',
    PARLEY_TINY_SLOTS: '0',
    PARLEY_HTTP_PORT: '70000',
    TINY_KEY_FILE: '/nowhere',
  });
  expect(await tiny.exited).toBe(78);
  const lines = tiny.stderr().trimEnd().split('\n');
  expect(lines.map((line) => line.replace(/ .*/, '')).toSorted()).toEqual([
    'PARLEY_HTTP_PORT',
    'PARLEY_TINY_SLOTS',
    'TINY_KEY_FILE',
    'TINY_MODE',
  ]);
  expect(lines.every((line) => line.includes('; fix: '))).toBe(true);
  expect(tiny.lines()).toEqual([]);
});

test('a port in use is a configuration fault', async () => {
  await using server = createServer();
  server.listen(0);
  await once(server, 'listening');
  const tiny = startTiny({ PARLEY_HTTP_PORT: String((server.address() as AddressInfo).port) });
  expect(await tiny.exited).toBe(78);
  expect(tiny.stderr()).toMatch(/^PARLEY_HTTP_PORT = "\d+": the port is in use; fix: .+\n$/);
});

test('past the deadline, or at a second signal, a hanging service is forced out with code 1', async () => {
  const late = startTiny({ TINY_MODE: 'hangs-in-drain', PARLEY_SHUTDOWN_MS: '200', PARLEY_HTTP_PORT: 'off' });
  expect(await late.event('service.ready')).toMatchObject({ http: null });
  late.child.kill('SIGTERM');
  expect(await late.exited).toBe(1);
  expect(late.lines()).toContainEqual(expect.objectContaining({ event: 'service.shutdown_timeout' }));

  const forced = startTiny({ TINY_MODE: 'hangs-in-drain' });
  await forced.event('service.ready');
  for (let sent = 0; forced.child.exitCode === null && sent < 100; sent++) {
    forced.child.kill('SIGINT');
    await Promise.race([forced.exited, delay(100)]);
  }
  expect(await forced.exited).toBe(1);
  expect(forced.lines()).toContainEqual(expect.objectContaining({ event: 'service.forced', signal: 'SIGINT' }));
});

test('with the telemetry preload, spans reach the collector before the process ends', async () => {
  const bodies: string[] = [];
  await using collector = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      bodies.push(body);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  collector.listen(0);
  await once(collector, 'listening');
  const { port } = collector.address() as AddressInfo;
  const tiny = startTiny({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`, OTEL_SERVICE_NAME: 'tiny' }, [
    '--import',
    TELEMETRY,
  ]);
  const { instance } = await tiny.event('service.ready');
  tiny.child.kill('SIGTERM');
  expect(await tiny.exited).toBe(0);
  const [{ resourceSpans } = { resourceSpans: [] }] = bodies.map((body) => JSON.parse(body) as OtlpTraces);
  const [{ resource, scopeSpans } = { resource: { attributes: [] }, scopeSpans: [] }] = resourceSpans;
  expect(scopeSpans.flatMap(({ spans }) => spans.map(({ name }) => name))).toEqual(['tiny start']);
  const attributes = Object.fromEntries(resource.attributes.map(({ key, value }) => [key, value.stringValue]));
  expect(attributes).toMatchObject({ 'service.name': 'tiny', 'service.instance.id': instance });
  expect(Object.keys(attributes).filter((key) => /^(host|process|os)\./.test(key))).toEqual([]);
});

interface OtlpTraces {
  readonly resourceSpans: {
    readonly resource: { readonly attributes: { key: string; value: { stringValue?: string } }[] };
    readonly scopeSpans: { readonly spans: { readonly name: string }[] }[];
  }[];
}
