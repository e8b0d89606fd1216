import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually, type ServiceProcess, spawnService } from '@parley/testing';
import { expect, onTestFinished, test } from 'vitest';
import { expectVerbatim, resultOf } from './demo-result.ts';
import { temporaryFolder } from './folder.ts';
import { journaledAt, type ModelCall, modelCalls, repeatedAfterJournal } from './model-calls.ts';
import { isAlive, type Program, ROOT, start } from './program.ts';

const LATENCY = JSON.stringify([{ fault: { kind: 'latency', ms: 400 } }]);

interface State {
  pid: number;
  processes: { name: string; pid: number; restarts: number }[];
}

const stateIn = (data: string): State => JSON.parse(readFileSync(join(data, 'dev.json'), 'utf8')) as State;

/** Two topics, so that the planner finds two sub-questions and researchers work at the same time. */
async function writeDocs(folder: string): Promise<void> {
  await writeFile(
    join(folder, 'backups.md'),
    '# Backups\n\nA backup of the database is made every night at two. Backups are kept for thirty days in another region.\n',
  );
  await writeFile(
    join(folder, 'restore.md'),
    '# Restore\n\nA restore of the database takes about forty minutes. During a restore the service answers from the replica.\n',
  );
}

const QUESTION = 'When is a backup of the database made, and how long does a restore of the database take?';

interface Scene {
  readonly demo: Program;
  readonly data: string;
  readonly docs: string;
  readonly simUrl: string;
}

/** A demo on a model server of its own, which outlives it, so that its journal can be read afterwards. */
async function openScene(): Promise<Scene> {
  const sim: ServiceProcess = spawnService(join(ROOT, 'services/model-sim/src/main.ts'), {
    PARLEY_PORT: '0',
    PARLEY_MODEL_FAULTS: LATENCY,
  });
  onTestFinished(() => sim[Symbol.asyncDispose]());
  await sim.ready(/"event":"model\.listening"/);
  const simUrl = /"url":"([^"]+)"/.exec(sim.output())?.[1] ?? '';
  const [docs, data] = await Promise.all([temporaryFolder(), temporaryFolder()]);
  await writeDocs(docs);
  const demo = start('demo', ['--docs', docs, '--ask', QUESTION, '--data', data, '--json'], {
    ANTHROPIC_BASE_URL: simUrl,
    ANTHROPIC_API_KEY: 'model-sim',
  });
  return { demo, data, docs, simUrl };
}

/** Resolves in the middle of the run: a researcher has one answer behind it and waits for another. */
async function midRun({ demo, simUrl }: Scene): Promise<ModelCall[]> {
  await demo.says(/research 1 +to|research 1 +\w+ won|research +to/);
  return await eventually(
    async () => {
      const calls = (await modelCalls(simUrl)).filter(({ agent }) => agent === 'researcher');
      expect(calls.some(({ finishedAt }) => finishedAt !== undefined)).toBe(true);
      expect(calls.some(({ finishedAt, abortedAt }) => finishedAt === undefined && abortedAt === undefined)).toBe(true);
      return calls;
    },
    { timeoutMs: 30_000, everyMs: 10 },
  );
}

test('a call that is made again after its answer was journaled is noticed, one before that is not', () => {
  const call = (bodySha256: string, at: number): ModelCall => ({
    at: new Date(at).toISOString(),
    path: '/v1/messages',
    bodySha256,
    taskId: 't',
  });
  const calls = [call('a', 10), call('b', 30), call('b', 40), call('a', 50)];
  expect(repeatedAfterJournal(calls, new Map([['t', [20, 45]]]))).toEqual([call('a', 50)]);
});

test.each(['conductor', 'router', 'guardian', 'researcher', 'nats-server', 'redis-server'])(
  'a demo whose %s is killed in the middle completes, and no journaled model call is made again',
  async (victim) => {
    const scene = await openScene();
    const { demo, data, docs, simUrl } = scene;
    await midRun(scene);
    const pid = stateIn(data).processes.find(({ name }) => name === victim)?.pid ?? 0;
    expect(pid).toBeGreaterThan(0);
    process.kill(pid, 'SIGKILL');
    await demo.says(new RegExp(`${victim} ended by SIGKILL; it is started again`));

    const ended = await demo.ended;
    const result = resultOf(ended);
    expect(result.status).toBe('completed');
    expect(new Set(result.citations.map(({ file }) => file))).toEqual(new Set(['backups.md', 'restore.md']));
    await expectVerbatim(docs, result);

    const calls = await modelCalls(simUrl);
    const journaled = await journaledAt(join(data, 'nats'), 'demo');
    expect([...journaled.values()].flat().length).toBeGreaterThan(3);
    // Both speak of the same tasks, else the comparison below could not fail.
    expect(new Set(journaled.keys())).toEqual(new Set(calls.map(({ taskId }) => taskId)));
    expect(repeatedAfterJournal(calls, journaled)).toEqual([]);
  },
);

test('Ctrl-C in the middle ends with code 130 and leaves no process behind', async () => {
  const scene = await openScene();
  const { demo, data } = scene;
  await midRun(scene);
  const pids = stateIn(data).processes.map(({ pid }) => pid);
  expect(pids.length).toBeGreaterThanOrEqual(10);
  demo.kill('SIGINT');
  const { code, stdout, stderr } = await demo.ended;
  expect(code, stderr).toBe(130);
  expect(JSON.parse(stdout)).toEqual({ error: { exit: 130, code: 'interrupted', message: 'interrupted (SIGINT)' } });
  expect(pids.filter(isAlive)).toEqual([]);
  expect(() => stateIn(data)).toThrow('ENOENT');
});

test.runIf(process.platform === 'linux')('a demo that is killed takes its processes with it', async () => {
  const scene = await openScene();
  await midRun(scene);
  const pids = stateIn(scene.data).processes.map(({ pid }) => pid);
  scene.demo.kill('SIGKILL');
  await scene.demo.ended;
  await eventually(() => expect(pids.filter(isAlive)).toEqual([]), { timeoutMs: 15_000, everyMs: 50 });
});
