import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from './folder.ts';
import { type Ended, run } from './program.ts';

/** One line that names the field, the value and the fix; nothing on stdout, no stack. */
function expectOneLine({ code, stdout, stderr }: Ended, exit: number, line: RegExp): void {
  expect({ code, stderr }).toMatchObject({ code: exit, stderr: expect.stringMatching(line) as string });
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  expect(stderr.length).toBeLessThan(600);
  expect(stdout).toBe('');
}

async function listen(onConnection: (socket: Socket) => void = () => {}): Promise<number> {
  const server: Server = createServer(onConnection);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

test('a missing folder', async () => {
  const ended = await run('demo', ['--docs', '/nowhere/at/all', '--ask', 'Why?']);
  expectOneLine(ended, 66, /^parley: --docs "\/nowhere\/at\/all": does not exist; name an existing folder$/m);
});

test('an empty folder', async () => {
  const docs = await temporaryFolder();
  expectOneLine(
    await run('demo', ['--docs', docs, '--ask', 'Why?']),
    66,
    /^parley: --docs ".*": holds no readable document; name a folder with/,
  );
});

test('a file in the place of the folder', async () => {
  const docs = join(await temporaryFolder(), 'one.md');
  await writeFile(docs, 'text');
  expectOneLine(
    await run('demo', ['--docs', docs, '--ask', 'Why?']),
    66,
    /^parley: --docs ".*one\.md": is not a folder; /,
  );
});

test('a folder with nothing but a binary file and one of 50 MB', async () => {
  const docs = await temporaryFolder();
  await writeFile(join(docs, 'binary.txt'), Buffer.from([0, 159, 146, 150]));
  await writeFile(join(docs, 'huge.txt'), Buffer.alloc(50 * 2 ** 20, 'a b '));
  const ended = await run('demo', ['--docs', docs, '--ask', 'Why?']);
  expectOneLine(ended, 66, /holds no readable document \(skipped binary\.txt: binary, huge\.txt: too_large\); /);
});

test.skipIf(process.getuid?.() === 0)('a folder without the right to read it', async () => {
  const docs = join(await temporaryFolder(), 'closed');
  await mkdir(docs);
  await chmod(docs, 0);
  expectOneLine(await run('demo', ['--docs', docs, '--ask', 'Why?']), 77, /^parley: --docs ".*": may not be read; /);
});

test('a question of 100 kB', async () => {
  const ended = await run('demo', ['--ask', 'why? '.repeat(20_000)]);
  expectOneLine(ended, 64, /^parley: --ask "why\? .*…": has 99,999 bytes, at most 65,536 are accepted; /);
});

test('an empty question', async () => {
  expectOneLine(await run('demo', ['--ask', '  ']), 64, /^parley: --ask "\s*": holds no word; /);
});

test('an unknown flag is answered with the nearest one', async () => {
  expectOneLine(
    await run('demo', ['--dosc', '.']),
    64,
    /^parley: unknown option '--dosc' \(Did you mean --docs\?\); see demo --help/,
  );
  expectOneLine(await run('parley', ['dev', '--nats-prt', '1']), 64, /Did you mean --nats-port\?/);
  expectOneLine(await run('parley', ['rnus']), 64, /unknown command 'rnus' \(Did you mean runs\?\)/);
});

test('a wrong number', async () => {
  expectOneLine(
    await run('demo', ['--budget-usd', '-1']),
    64,
    /--budget-usd.*'-1' is invalid\. Give a number above 0\./,
  );
  expectOneLine(
    await run('parley', ['dev', '--nats-port', '0']),
    64,
    /--nats-port.*'0' is invalid\. Give a port from 1 to 65535\./,
  );
});

test('a NATS server that is too old', async () => {
  const info = { server_id: 'X', server_name: 'old', version: '2.9.10', jetstream: true, max_payload: 1_048_576 };
  const url = `nats://127.0.0.1:${await listen((socket) => socket.write(`INFO ${JSON.stringify(info)} \r\n`))}`;
  const data = await temporaryFolder();
  const ended = await run('parley', ['dev', '--data', data, '--nats-url', url]);
  expectOneLine(
    ended,
    78,
    /^parley: --nats-url "nats:.*": nats-server 2\.9\.10 is too old, 2\.14\.3 or newer is needed; /,
  );
  expectOneLine(await run('parley', ['runs'], { PARLEY_NATS_URL: url }, data), 78, /PARLEY_NATS_URL .* is too old/);
});

test('a port in use', async () => {
  const port = await listen();
  const ended = await run('parley', ['dev', '--data', await temporaryFolder(), '--nats-port', String(port)]);
  expectOneLine(
    ended,
    78,
    new RegExp(`--nats-port: ${port} is in use; stop the process that listens there, or choose another port`),
  );
});

test('nobody to talk to', async () => {
  const folder = await temporaryFolder();
  const url = 'nats://127.0.0.1:9';
  expectOneLine(
    await run('parley', ['runs', '--nats-url', url], {}, folder),
    69,
    /--nats-url "nats:.*": no NATS server answers there/,
  );
});

test('a URL that is none', async () => {
  const data = await temporaryFolder();
  const line = (flag: string, server: string): RegExp =>
    new RegExp(`^parley: ${flag} "db:x": is not the URL of a ${server} server; give `);
  expectOneLine(await run('parley', ['runs', '--nats-url', 'db:x'], {}, data), 64, line('--nats-url', 'NATS'));
  expectOneLine(await run('parley', ['dev', '--data', data, '--redis-url', 'db:x']), 64, line('--redis-url', 'Redis'));
});

test('an input file that does not exist, and one that is no JSON', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'bad.json'), '{"question":');
  expectOneLine(
    await run('parley', ['run', 'research', '--input', '@none.json'], {}, folder),
    66,
    /--input "@none\.json": the file cannot be read/,
  );
  expectOneLine(
    await run('parley', ['run', 'research', '--input', '@bad.json'], {}, folder),
    65,
    /--input "@bad\.json": the payload is not JSON/,
  );
});

test('with --json a failure is one object with the same facts', async () => {
  const { code, stdout } = await run('demo', ['--docs', '/nowhere', '--ask', 'Why?', '--json']);
  expect(code).toBe(66);
  expect(JSON.parse(stdout)).toMatchObject({
    error: { exit: 66, code: 'folder_missing', field: '--docs', value: '/nowhere', fix: 'name an existing folder' },
  });
});
