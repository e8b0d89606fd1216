import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { spawnService } from './processes.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-processes-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function program(name: string, text: string): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, text);
  return file;
}

test('a process is ready when its output matches, sees its environment, and dies of the signal it is sent', async () => {
  const file = await program('waits.ts', 'console.log(`hello ${process.env.WHO}`); setInterval(() => {}, 1000);');
  await using service = spawnService(file, { WHO: 'world' });
  await service.ready(/hello world/);
  expect(await service.kill('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });
});

test('a process is ready when a URL of it answers with success', async () => {
  const file = await program(
    'serves.ts',
    `import { createServer } from 'node:http';
     let asked = 0;
     const server = createServer((_, response) => response.writeHead(++asked > 2 ? 200 : 503).end());
     server.listen(0, '127.0.0.1', () => console.log('port ' + server.address().port));`,
  );
  await using service = spawnService(file);
  await service.ready(/port \d+\n/);
  const port = /port (\d+)/.exec(service.output())?.[1];
  await service.ready(new URL(`http://127.0.0.1:${port}/readyz`));
  expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
});

test('a process that ends before it is ready rejects with its output', async () => {
  const file = await program('fails.ts', 'console.error("no configuration"); process.exit(3);');
  await using service = spawnService(file);
  await expect(service.ready(/never/)).rejects.toThrow(/ended with code 3; its output ends with:\nno configuration/);
});

test('a process that is not ready in time rejects with what it was waited for', async () => {
  const file = await program('silent.ts', 'setInterval(() => {}, 1000);');
  await using service = spawnService(file);
  await expect(service.ready(/never/, 50)).rejects.toThrow(/was not ready within 50 ms/);
});
