import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineAgent, startAgent } from '@parley/agent';
import type { Bus } from '@parley/bus';
import { type Json, QueryAgents, QueryRun, WorkflowDefinition } from '@parley/contracts';
import { eventually, spawnService } from '@parley/testing';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { openNatsStage } from './on-nats.ts';
import { type Cast, runConductor, runRouter } from './stage.ts';
import { violations } from './verify.ts';

const Anything = z.unknown();
type Perform = (input: unknown) => unknown;

const agent = (name: string, perform: Record<string, Perform>) =>
  defineAgent({
    name,
    version: '1.0.0',
    description: '',
    capabilities: Object.fromEntries(
      Object.keys(perform).map((capability) => [capability, { description: '', input: Anything, output: Anything }]),
    ),
    perform,
  });

const FEATURES = [
  { id: 'add', operator: '+', passes: true },
  { id: 'sub', operator: '-' },
];

/** A module and a test of it; `operator` is what the module does, `expected` what the test wants. */
const files = (id: string, operator: string, expected: string) => ({
  files: [
    { path: `${id}.mjs`, content: `export const ${id} = (a, b) => a ${operator} b;\n` },
    {
      path: `${id}.test.mjs`,
      content: [
        "import assert from 'node:assert/strict';",
        "import { test } from 'node:test';",
        `import { ${id} } from './${id}.mjs';`,
        `test('${id}', () => assert.equal(${id}(5, 3), 5 ${expected} 3));`,
        '',
      ].join('\n'),
    },
  ],
});

const Work = z.object({
  feature: z.object({ id: z.string(), operator: z.string() }).strict(),
  feedback: z.string().nullable(),
});

/** Gets the first feature wrong once, and says of the second, once, that it was tested. */
function coder(told: (string | null)[]): Perform {
  return (input) => {
    const { feature, feedback } = Work.parse(input);
    told.push(feedback);
    const { id, operator } = feature;
    if (feedback !== null) return files(id, operator, operator);
    return id === 'add' ? files(id, '*', operator) : { ...files(id, '*', operator), feature: { id, passes: true } };
  };
}

test('two features go through the team: real test runs decide, a cheat is blocked and on record, and nobody but the runner is believed', async () => {
  const told: (string | null)[] = [];
  const workspaces = await mkdtemp(join(tmpdir(), 'parley-feature-team-'));
  await using folders = new AsyncDisposableStack();
  folders.defer(() => rm(workspaces, { recursive: true, force: true }));
  const source = await readFile(new URL('../../../workflows/feature-team.json', import.meta.url), 'utf8');
  const measured = { exitCode: 0, digest: 'mine', durationMs: 1, outputTail: 'all fine' };
  let space = '';
  const cast: Cast = {
    flow: WorkflowDefinition.parse(JSON.parse(source)),
    async join(bus: Bus, ns: string) {
      space = ns;
      const team = [
        agent('ann', { initialize_features: () => ({ features: FEATURES }), code: coder(told) }),
        agent('vera', { verify: () => ({ passed: true }) }),
        agent('mallory', { run_command: () => measured }),
      ];
      for (const one of team) stack.use(await startAgent(one, { bus, ns, instance: `${one.name}-1`, slots: 4 }));
      const main = new URL('../../../services/agents/runner/src/main.ts', import.meta.url).pathname;
      stack.use(
        spawnService(main, {
          PARLEY_NATS_URL: stage.url,
          PARLEY_NAMESPACE: ns,
          PARLEY_WORKSPACES: workspaces,
          PARLEY_HTTP_PORT: '0',
          PARLEY_LOG_LEVEL: 'warn',
        }),
      );
      await eventually(
        async () => {
          const reply = await bus.request(
            { subject: QueryAgents.toSubject({ ns }), payload: QueryAgents.encode({}) },
            { timeoutMs: 2_000 },
          );
          if (!Buffer.from(reply.payload).includes('"runner"')) throw new Error('the runner has not joined');
        },
        { timeoutMs: 20_000 },
      );
    },
  };
  await using stage = await openNatsStage(cast);
  await using stack = new AsyncDisposableStack();
  const bus = stack.use(await stage.connect('reader'));
  stack.use(await runConductor(await stage.connect('conductor')));
  stack.use(await runRouter(await stage.connect('router'), 2_000));
  await stage.submit(1, { goal: 'arithmetic' });
  const [history] = await stage.settled(1);
  if (history === undefined) throw new Error('there is no run');
  expect(violations(history)).toEqual([]);

  const end = history.decisions.flatMap(({ events }) => events).find(({ type }) => type === 'RunSettled');
  const evidence = (task: string) => ({
    exitCode: 0,
    by: 'runner',
    digest: expect.stringMatching(/^[0-9a-f]{64}$/),
    durationMs: expect.any(Number),
    task,
    judged: { by: ['vera'], task: expect.any(String) },
  });
  expect(end).toMatchObject({
    status: 'completed',
    output: [
      { id: 'add', passes: true, attempts: 2, blocked: 0, evidence: evidence(`${history.run}-0-1-3`) },
      { id: 'sub', passes: true, attempts: 2, blocked: 1, evidence: evidence(`${history.run}-0-1-7`) },
    ],
  });
  expect(told).toEqual([
    null,
    expect.stringMatching(/node --test ended with 1[^]*fail 1/),
    null,
    expect.stringContaining('/feature/passes'),
  ]);
  expect(history.awards.filter(({ agent: who }) => who === 'mallory')).toEqual([]);
  expect(await readFile(join(workspaces, space, history.run, 'sub.mjs'), 'utf8')).toContain('a - b');

  const { payload } = await bus.request(
    { subject: QueryRun.toSubject({ ns: space }), payload: QueryRun.encode({ run: history.run }) },
    { timeoutMs: 5_000 },
  );
  const { nodes } = JSON.parse(Buffer.from(payload).toString()) as { nodes: { kind: string; notes?: Json }[] };
  expect(nodes.find(({ kind }) => kind === 'featureList')?.notes).toEqual([
    expect.stringContaining('feature add, attempt 1: failed: node --test ended with 1'),
    expect.stringContaining('feature sub, attempt 1: blocked: /feature/passes'),
  ]);
}, 90_000);
