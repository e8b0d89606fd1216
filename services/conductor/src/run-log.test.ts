import { compilePlan, type Plan, type Signal } from '@parley/core';
import { type Decision, decisionHash, encodeJson, WorkflowDefinition } from '@parley/contracts';
import { createMemoryBus } from '@parley/bus';
import { expect, test } from 'vitest';
import { decideNext, loadRun, LogCorrupt, type NextDecision, type RunLog } from './run-log.ts';

const key = { ns: 'acme', run: 'r1' };
const root = { kind: 'task', id: 'a', capability: 'work' };
const plan: Plan = compilePlan(WorkflowDefinition.parse({ name: 'flow', root }), 'd1');
const start = { workflow: 'flow', digest: 'd1', input: 1, limits: {} };
const submitted: Signal = { id: 'submit', at: 1_000, kind: 'submitted', ...start };
const cancel = (by: string): Signal => ({ id: `cancel-${by}`, at: 2_000, kind: 'cancel', by, reason: '' });

const decided = (log: RunLog, ...signals: Signal[]): NextDecision => {
  const next = decideNext(plan, log, signals, { source: '/conductor/c1', traceparent: undefined });
  if (next === undefined) throw new Error('nothing was decided');
  return next;
};

async function started() {
  const bus = createMemoryBus();
  const first = decided(await loadRun(bus, key), submitted);
  await bus.storeOne(first.message);
  return { bus, log: await loadRun(bus, key) };
}

test('what is folded from the log is what was decided', async () => {
  const { bus, log } = await started();
  const next = decided(log, cancel('ann'));
  const { sequence } = await bus.storeOne(next.message);
  expect(await loadRun(bus, key)).toEqual({ ...next.next, lastSequence: sequence });
});

test('two decisions of the same number are one only when they are the same', async () => {
  const { bus, log } = await started();
  const [mine, same, other] = [decided(log, cancel('ann')), decided(log, cancel('ann')), decided(log, cancel('bob'))];
  const stored = await bus.storeOne(mine.message);
  expect(await bus.storeOne(same.message)).toEqual({ ...stored, duplicate: true });
  await expect(bus.storeOne(other.message)).rejects.toMatchObject({ code: 'conflict' });
});

test.each([
  ['a gap', (decision: Decision) => ({ ...decision, n: 3 })],
  ['another predecessor', (decision: Decision) => ({ ...decision, prev: 'f'.repeat(64) })],
  ['an edit', (decision: Decision) => ({ ...decision, at: decision.at + 1 })],
])('%s makes a log corrupt', async (what, change) => {
  const { bus, log } = await started();
  const { message, decision } = decided(log, cancel('ann'));
  const changed = change(decision);
  const hash = what === 'an edit' ? changed.hash : decisionHash(changed);
  await bus.storeOne({ ...message, payload: encodeJson({ ...changed, hash }) });
  await expect(loadRun(bus, key)).rejects.toBeInstanceOf(LogCorrupt);
});

test('a message that is no decision makes a log corrupt', async () => {
  const { bus, log } = await started();
  await bus.storeOne({ subject: log.subject, payload: encodeJson({ v: 9 }), id: 'odd' });
  await expect(loadRun(bus, key)).rejects.toBeInstanceOf(LogCorrupt);
});
