import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { connectBus } from '@parley/bus';
import { startNats } from '@parley/testing';
import { expect, onTestFinished, test } from 'vitest';
import { joinAgent } from '../pipeline/scripted-agent.ts';
import { runConductor, runRouter } from '../pipeline/stage.ts';

const PARLEY = resolve(import.meta.dirname, '../../../services/cli/src/main.ts');

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

interface Stage extends AsyncDisposable {
  parley(...args: string[]): Promise<Ended>;
  /** Writes a workflow file and answers its path. */
  file(name: string, text: string): Promise<string>;
}

/** A server with a conductor and, when asked for, a router and an agent that can `work`. */
async function openStage({ agents = true } = {}): Promise<Stage> {
  await using stack = new AsyncDisposableStack();
  const { url } = stack.use(await startNats({ syncAlways: false }));
  const connect = (name: string) => connectBus({ url, name, topology: 'ensure' });
  stack.use(await runConductor(await connect('conductor')));
  if (agents) {
    stack.use(await runRouter(await connect('router')));
    const bus = stack.use(await connect('agent'));
    await joinAgent(bus, 'default', 'ann', () => ({ output: 'done' }), ['work']);
  }
  const folder = await mkdtemp(join(tmpdir(), 'parley-workflows-'));
  stack.defer(() => rm(folder, { recursive: true }));
  const owned = stack.move();
  return {
    parley: (...args) =>
      new Promise((done) => {
        const env = { ...process.env, NO_COLOR: '1', PARLEY_NATS_URL: url, PARLEY_NAMESPACE: 'default' };
        execFile(process.execPath, [PARLEY, ...args], { cwd: folder, env }, (error, stdout, stderr) => {
          done({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
        });
      }),
    async file(name, text) {
      await writeFile(join(folder, name), text);
      return name;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

const flow = (capability: string): string =>
  `name: flow\nsteps:\n  - { kind: task, id: only, capability: ${capability} }\n`;

test('a file is checked, registered, changed, shown, and run in both versions', async () => {
  await using stage = await openStage();
  const file = await stage.file('flow.yaml', flow('work'));
  expect(await stage.parley('workflows', 'validate', file)).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/flow is good/),
  });

  const first = await stage.parley('workflows', 'register', file, '--json');
  expect(JSON.parse(first.stdout)).toMatchObject({ workflows: [{ name: 'flow', version: 1 }], warnings: [] });
  await stage.file('flow.yaml', flow('work').replace('only', 'other'));
  const second = await stage.parley('workflows', 'register', file);
  expect(second).toMatchObject({ code: 0, stdout: expect.stringMatching(/^flow +2 +[0-9a-f]{64}$/m), stderr: '' });
  expect((await stage.parley('workflows', 'register', file)).stdout).toMatch(/^flow +2 /m);

  expect((await stage.parley('workflows', 'list')).stdout).toMatch(/^flow +2 +[0-9a-f]{12} +\d{4}-/m);
  const shown = await stage.parley('workflows', 'show', 'flow@1', '--yaml');
  expect(shown.stdout).toContain('id: only');
  const again = await stage.file('again.yaml', shown.stdout);
  expect((await stage.parley('workflows', 'register', again, '--json')).stdout).toContain(
    (JSON.parse(first.stdout) as { workflows: [{ digest: string }] }).workflows[0].digest,
  );

  expect(await stage.parley('run', 'flow@2', '--wait')).toMatchObject({ code: 0, stdout: '"done"\n' });
  expect(await stage.parley('run', 'flow@9')).toMatchObject({
    code: 66,
    stderr: expect.stringMatching(/flow has no version 9; it has 1 to 3/),
  });
  expect(await stage.parley('workflows', 'show', 'flaw')).toMatchObject({
    code: 66,
    stderr: expect.stringMatching(/no workflow flaw is registered/),
  });
  expect(await stage.parley('workflows', 'show', 'flow@x')).toMatchObject({
    code: 64,
    stderr: expect.stringMatching(/after @ stands the number/),
  });
}, 120_000);

test('a capability that nobody has is a warning with the nearest name, and an error when that is asked for', async () => {
  await using stage = await openStage();
  const file = await stage.file('flow.yaml', flow('wrok'));
  const strict = await stage.parley('workflows', 'register', file, '--strict');
  expect(strict).toMatchObject({
    code: 65,
    stderr: expect.stringMatching(/flow\.yaml:3:41: no agent can wrok; the nearest is work/),
  });
  expect((await stage.parley('workflows', 'list')).stdout).toContain('no workflows yet');
  const plain = await stage.parley('workflows', 'register', file);
  expect(plain).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/^warning: flow\.yaml:3:41: no agent can wrok; the nearest is work/),
  });
}, 60_000);

test('of several files one of which is bad none is registered, and every fault of it is told', async () => {
  await using stage = await openStage({ agents: false });
  const good = await stage.file('good.yaml', flow('work'));
  const bad = await stage.file(
    'bad.yaml',
    flow('work').replace('task', 'tsak').replace('steps', 'limits: { tokens: 0 }\nsteps'),
  );
  const ended = await stage.parley('workflows', 'register', good, bad);
  expect(ended).toMatchObject({ code: 65, stdout: '' });
  expect(ended.stderr).toMatch(
    /^bad\.yaml:2:19: tokens is 0; it must be above 0 .*\nbad\.yaml:4:13: kind "tsak" is unknown; the nearest is task/m,
  );
  expect((await stage.parley('workflows', 'list', '--json')).stdout).toBe('{"workflows":[]}\n');
  expect(await stage.parley('workflows', 'register', good)).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/no router answers/),
  });
}, 60_000);

test.each([
  ['a file that is not there', ['nowhere.yaml'], 66, /file "nowhere\.yaml": the file cannot be read \(ENOENT\)/],
  ['no file', [], 64, /missing required argument/],
])('%s ends validation with its exit code', async (_what, files, code, stderr) => {
  const folder = await mkdtemp(join(tmpdir(), 'parley-workflows-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const ended = await new Promise<Ended>((done) => {
    execFile(process.execPath, [PARLEY, 'workflows', 'validate', ...files], { cwd: folder }, (error, out, err) =>
      done({ code: typeof error?.code === 'number' ? error.code : 0, stdout: out, stderr: err }),
    );
  });
  expect(ended).toMatchObject({ code, stderr: expect.stringMatching(stderr) });
});
