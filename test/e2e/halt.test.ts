import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { composeStored } from '@parley/bus';
import { type Body, Control } from '@parley/contracts';
import { eventually } from '@parley/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DevStack, openDevStack } from './dev-stack.ts';
import { journaledOn, type ModelCall, modelCalls, repeatedAfterJournal } from './model-calls.ts';

const NS = 'default';
/** A call takes about a second, and about twenty. */
const SLOW = [{ fault: { kind: 'token_latency', ms: 120 } }];
const ENDLESS = [{ fault: { kind: 'token_latency', ms: 2_000 } }];
const QUESTION = 'When is a backup of the database made, and how long does a restore of the database take?';
/** Before an endless call would have ended by itself. */
const PROMPT_MS = 10_000;
const SILENCE_MS = 1_000;

let docs: string;
let stack: DevStack;

beforeAll(async () => {
  docs = await mkdtemp(join(tmpdir(), 'parley-e2e-'));
  await writeFile(join(docs, 'backups.md'), '# Backups\n\nA backup of the database is made every night at two.\n');
  await writeFile(join(docs, 'restore.md'), '# Restore\n\nA restore of the database takes about forty minutes.\n');
  stack = await openDevStack({ args: ['--docs', docs] });
});

afterAll(async () => {
  await stack?.[Symbol.asyncDispose]();
  await rm(docs, { recursive: true, force: true });
});

async function setFaults(plan: readonly object[]): Promise<void> {
  const response = await fetch(`${stack.modelUrl}/_sim/faults`, { method: 'POST', body: JSON.stringify(plan) });
  expect(response.ok).toBe(true);
}

async function command(run: string, verb: Body<typeof Control>['verb']): Promise<void> {
  const envelope = { id: `e2e-${verb}-${run}`, source: '/e2e' };
  const body = { verb, by: 'e2e', reason: 'a test' };
  await stack.bus.storeOne(composeStored(Control, { scope: 'run', ns: NS, id: run }, body, envelope, Date.now()));
}

const statusOf = async (run: string): Promise<unknown> => (await stack.json('show', run)).body['status'];

const inFlight = ({ finishedAt, abortedAt }: ModelCall): boolean => finishedAt === undefined && abortedAt === undefined;

test('a halt aborts the model calls of its run and starts none; a resume completes it without repeating a journaled one', async () => {
  await setFaults(SLOW);
  const started = await stack.json('run', 'research', '--input', JSON.stringify({ question: QUESTION }));
  const run = String(started.body['runId']);

  // After the planner two agents research side by side, each with one answer behind it and another on its way.
  const callsByTask = async (): Promise<ModelCall[][]> => [
    ...Map.groupBy(await modelCalls(stack.modelUrl), ({ taskId }) => taskId).values(),
  ];
  const often = { timeoutMs: 60_000, everyMs: 10 };
  await eventually(async () => expect(await callsByTask()).toHaveLength(3), often);
  await setFaults(ENDLESS);
  await eventually(async () => {
    const researching = (await callsByTask()).filter((ofTask) => ofTask.length > 1 && ofTask.some(inFlight));
    expect(researching).toHaveLength(2);
  }, often);
  await command(run, 'halt');
  const haltedBy = Date.now() + PROMPT_MS;
  await eventually(async () => expect(await statusOf(run)).toBe('halted'), { timeoutMs: 10_000 });
  const halted = await modelCalls(stack.modelUrl);
  const aborted = halted.filter(({ abortedAt }) => abortedAt !== undefined);
  expect(aborted).toHaveLength(2);
  for (const { at, finishedAt, abortedAt } of halted) {
    expect(Date.parse(at)).toBeLessThan(haltedBy);
    expect(Date.parse(abortedAt ?? finishedAt ?? '')).toBeLessThan(haltedBy);
  }
  await pass(SILENCE_MS);
  expect(await modelCalls(stack.modelUrl)).toEqual(halted);

  await setFaults([]);
  await command(run, 'resume');
  await eventually(async () => expect(await statusOf(run)).toBe('completed'), { timeoutMs: 30_000, everyMs: 100 });
  const { body } = await stack.json('show', run);
  expect(JSON.stringify(body['output'])).toContain('every night at two');

  const calls = await modelCalls(stack.modelUrl);
  const journaled = await journaledOn(stack.bus, NS);
  expect(new Set(journaled.keys())).toEqual(new Set(calls.map(({ taskId }) => taskId)));
  expect(repeatedAfterJournal(calls, journaled)).toEqual([]);
  // Calls that were cut off are the only ones made twice.
  const made = calls.map(({ taskId, bodySha256 }) => `${taskId} ${bodySha256}`);
  expect(made.length - new Set(made).size).toBe(aborted.length);
});
