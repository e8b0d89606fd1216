import { createHash } from 'node:crypto';
import { link, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRunner, DEFAULT_COMMANDS, readCommands } from '@parley/agent-runner';
import { performOnce } from '@parley/agent/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';

let root: string;
/** Where the workspace of `performOnce` is. */
const inWorkspace = (...path: string[]): string => join(root, 'test', 'run', ...path);

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'parley-runner-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const standard = () => createRunner({ commands: DEFAULT_COMMANDS, workspaces: root });

/** A runner that may run anything of Node's: only for tests of what is done with a command. */
const free = (more: object = {}) =>
  createRunner({ commands: readCommands({ node: { argv: ['node', '-e'], more: 'any', ...more } }), workspaces: root });

const TEST = (assertion: string) =>
  `import assert from 'node:assert';\nimport { test } from 'node:test';\ntest('adds', () => assert.ok(${assertion}));\n`;

test('files are written and tested by real Node; the exit code, the digest and the end of the output come back', async () => {
  const run = ['node', '--test', 'sum.test.mjs'];
  const asked = (assertion: string) => ({
    run,
    workspace: 'sum',
    files: [{ path: 'sum.test.mjs', content: TEST(assertion) }],
  });
  const passed = await performOnce(standard(), 'run_command', asked('1 + 1 === 2'));
  expect(passed).toMatchObject({ command: 'node-test', exitCode: 0, signal: null });
  const failed = await performOnce(standard(), 'run_command', asked('1 + 1 === 3'));
  expect(failed).toMatchObject({ exitCode: 1, outputTail: expect.stringContaining('fail 1') });
  expect(failed.digest).toMatch(/^[0-9a-f]{64}$/);
  expect(Buffer.byteLength(failed.outputTail)).toBeLessThanOrEqual(4_100);
});

test('a test run without a test is no success', async () => {
  const asked = { run: ['node', '--test'], workspace: 'empty' };
  await expect(performOnce(standard(), 'run_command', asked)).rejects.toMatchObject({ code: 'command_proved_nothing' });
});

test.each([
  [['rm', '-rf', '.']],
  [['node', '-e', '1']],
  [['node']],
  [['node', '--test', '--import=./evil.mjs']],
  [['node', '--test --import', 'x']],
  [['/usr/bin/node', '--test']],
])('%j is not allowed', async (run) => {
  await expect(performOnce(standard(), 'run_command', { run })).rejects.toMatchObject({ code: 'command_not_allowed' });
});

test('no shell reads the words', async () => {
  const { outputTail } = await performOnce(free(), 'run_command', {
    run: ['node', '-e', 'console.log(process.argv[1])', '$(id); `id` > x'],
  });
  expect(outputTail).toBe('$(id); `id` > x\n');
});

test.each(['/etc/passwd', '../x', 'a/../../x', 'a/../b', '..', '.', 'C:\\x', 'a\0b'])(
  'the path %j does not get out of the workspace',
  async (path) => {
    const forbidden = { code: 'workspace_forbidden' };
    const files = [{ path, content: 'x' }];
    await expect(performOnce(standard(), 'write_files', { files })).rejects.toMatchObject(forbidden);
    await expect(
      performOnce(standard(), 'run_command', { run: ['node', '--test'], workspace: path }),
    ).rejects.toMatchObject(forbidden);
    await expect(performOnce(standard(), 'run_command', { run: ['node', '--check', path] })).rejects.toMatchObject(
      forbidden,
    );
  },
);

test('symbolic links lead nowhere: not as a file, not as a folder, not as a workspace, not as a word', async () => {
  const outside = await mkdtemp(join(tmpdir(), 'parley-outside-'));
  await writeFile(join(outside, 'kept.mjs'), 'kept');
  await performOnce(standard(), 'write_files', { files: [{ path: 'links/here', content: '' }] });
  await symlink(outside, inWorkspace('links', 'folder'));
  await symlink(join(outside, 'kept.mjs'), inWorkspace('links', 'file'));
  await symlink(join(outside, 'new'), inWorkspace('links', 'nothing'));
  const forbidden = { code: 'workspace_forbidden' };
  for (const path of ['links/folder/kept.mjs', 'links/file', 'links/nothing'])
    await expect(performOnce(standard(), 'write_files', { files: [{ path, content: 'x' }] })).rejects.toMatchObject(
      forbidden,
    );
  const check = (workspace: string, word: string) =>
    performOnce(standard(), 'run_command', { run: ['node', '--check', word], workspace });
  await expect(check('links/folder', 'kept.mjs')).rejects.toMatchObject(forbidden);
  await expect(check('links', 'folder/kept.mjs')).rejects.toMatchObject(forbidden);
  await expect(check('links', 'file')).rejects.toMatchObject(forbidden);
  await link(join(outside, 'kept.mjs'), inWorkspace('links', 'twin')).catch(() => {});
  await performOnce(standard(), 'write_files', { files: [{ path: 'links/twin', content: 'x' }] });
  expect(await readFile(join(outside, 'kept.mjs'), 'utf8')).toBe('kept');
  await rm(outside, { recursive: true, force: true });
});

test('a command sees PATH and HOME alone, and what the operator gives it', async () => {
  process.env['PARLEY_TEST_SECRET'] = 'secret';
  const runner = free({ env: { CI: '1' } });
  const { outputTail } = await performOnce(runner, 'run_command', {
    run: [
      'node',
      '-e',
      'console.log(JSON.stringify([Object.keys(process.env).sort(), process.env.HOME, process.cwd()]))',
    ],
    workspace: 'env',
  });
  delete process.env['PARLEY_TEST_SECRET'];
  const [names, home, cwd] = JSON.parse(outputTail) as [string[], string, string];
  expect(names).toEqual(['CI', 'HOME', 'PATH']);
  expect(home).toBe(cwd);
  expect(cwd).toContain(join('test', 'run', 'env'));
});

/** Starts a grandchild that writes its process id, and then waits for ever, as its parent does. */
const FAMILY = [
  "const { spawn } = require('node:child_process');",
  "const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' });",
  "require('node:fs').writeFileSync('pids', `${process.pid} ${child.pid}`);",
].join('');

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

async function noneIsLeft(folder: string): Promise<void> {
  const pids = (await readFile(inWorkspace(folder, 'pids'), 'utf8')).split(' ').map(Number);
  expect(pids).toHaveLength(2);
  await expect.poll(() => pids.filter(isAlive), { timeout: 10_000 }).toEqual([]);
}

test('when the time is up the whole family is killed', async () => {
  const asked = {
    run: ['node', '-e', `${FAMILY}console.log('so far'); setInterval(() => {}, 1000)`],
    timeoutMs: 1_500,
    workspace: 'late',
  };
  await expect(performOnce(free(), 'run_command', asked)).rejects.toMatchObject({
    code: 'command_timeout',
    message: expect.stringContaining('so far'),
  });
  await noneIsLeft('late');
});

test('when the work is stopped the whole family is killed', async () => {
  const stop = new AbortController();
  const asked = { run: ['node', '-e', `${FAMILY}setInterval(() => {}, 1000)`], workspace: 'stopped' };
  const running = performOnce(free(), 'run_command', asked, { signal: stop.signal });
  await expect
    .poll(() => readFile(inWorkspace('stopped', 'pids'), 'utf8').catch(() => ''), { timeout: 10_000 })
    .not.toBe('');
  stop.abort(new Error('halted'));
  await expect(running).rejects.toThrow('halted');
  await noneIsLeft('stopped');
});

test('what a command leaves behind ends with it', async () => {
  const asked = {
    run: ['node', '-e', `${FAMILY}child.unref(); setTimeout(() => process.exit(0), 50)`],
    workspace: 'left',
  };
  await expect(performOnce(free(), 'run_command', asked)).resolves.toMatchObject({ exitCode: 0 });
  await noneIsLeft('left');
});

test('of a long output the end is kept, and all of it is digested', async () => {
  const line = `${'x'.repeat(99)}\n`;
  const { bytes, digest, outputTail } = await performOnce(free(), 'run_command', {
    run: [
      'node',
      '-e',
      "const line = 'x'.repeat(99) + '\\n'; for (let i = 0; i < 20000; i++) process.stdout.write(line); process.stdout.write('end')",
    ],
    tailBytes: 65_536,
  });
  expect(bytes).toBe(2_000_003);
  expect(digest).toBe(
    createHash('sha256')
      .update(`${line.repeat(20_000)}end`)
      .digest('hex'),
  );
  expect(outputTail).toHaveLength(65_536);
  expect(outputTail.endsWith('end')).toBe(true);
});

test('a command that a signal ends has the exit code −1', async () => {
  await expect(
    performOnce(free(), 'run_command', {
      run: ['node', '-e', "process.kill(process.pid, 'SIGTERM'); setInterval(() => {}, 9)"],
    }),
  ).resolves.toMatchObject({ exitCode: -1, signal: 'SIGTERM' });
});

test('a program that is not there is said so', async () => {
  const runner = createRunner({ commands: readCommands({ none: { argv: ['no-such-program'] } }), workspaces: root });
  await expect(performOnce(runner, 'run_command', { run: ['no-such-program'] })).rejects.toMatchObject({
    code: 'command_unavailable',
  });
});

test.each([
  [Array.from({ length: 201 }, (_, i) => ({ path: `f${i}`, content: '' }))],
  [[{ path: 'big', content: 'x'.repeat(1_048_577) }]],
  [[]],
])('files are bounded', async (files) => {
  await expect(performOnce(standard(), 'write_files', { files })).rejects.toMatchObject({ code: 'input_invalid' });
});

test('a command that ran is not run again when the work is delivered again', async () => {
  const journal: never[] = [];
  const asked = {
    run: ['node', '-e', "require('node:fs').appendFileSync('runs', 'x'); process.exit(3)"],
    workspace: 'once',
  };
  const first = await performOnce(free(), 'run_command', asked, { journal });
  expect(await performOnce(free(), 'run_command', asked, { journal })).toEqual(first);
  expect(await readFile(inWorkspace('once', 'runs'), 'utf8')).toBe('x');
});

test('a file without content is removed', async () => {
  const write = (content: string | null) =>
    performOnce(standard(), 'write_files', { files: [{ path: 'gone/a.mjs', content }] });
  await write('x');
  expect(await readFile(inWorkspace('gone', 'a.mjs'), 'utf8')).toBe('x');
  await expect(write(null)).resolves.toEqual({ written: ['gone/a.mjs'] });
  await expect(readFile(inWorkspace('gone', 'a.mjs'))).rejects.toThrow('ENOENT');
  await write(null);
});
