import type { RunEvent } from '@parley/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type NodeDef, type Report, World } from '../test/world.ts';
import { listOf } from './children.ts';
import { evolve, initialState, isSettled, isTask, type Node, openEffects, type RunState, summarize } from './index.ts';

/** Trees of all kinds. Ids are numbered afterwards, so that they are unique. */
const trees = fc.letrec<{ node: object }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3, depthSize: 'small', withCrossShrink: true },
    fc.record({
      kind: fc.constant('task'),
      capability: fc.constant('work'),
      attempts: fc.integer({ min: 1, max: 3 }),
      performMs: fc.integer({ min: 100, max: 5_000 }),
    }),
    fc.record({ kind: fc.constant('sequence'), steps: fc.array(tie('node'), { minLength: 1, maxLength: 3 }) }),
    fc.record({
      kind: fc.constant('concurrent'),
      branches: fc.array(tie('node'), { minLength: 1, maxLength: 4 }),
      maxInFlight: fc.integer({ min: 1, max: 3 }),
      onFailure: fc.constantFrom('all', 'bestEffort', { quorum: 1 }, { quorum: 2 }),
    }),
    fc.record({
      kind: fc.constant('concurrent'),
      map: fc.record({ over: fc.constantFrom([], [1, 2, 3], { $from: '/input' }), node: tie('node') }),
      maxInFlight: fc.integer({ min: 1, max: 3 }),
      onFailure: fc.constantFrom('all', 'bestEffort', { quorum: 1 }),
    }),
    fc.record({
      kind: fc.constant('gate'),
      node: tie('node'),
      checks: fc.constantFrom(
        [{ schema: { type: 'number' } }],
        [{ validator: { capability: 'judge', performMs: 100, attempts: 2 } }],
        [{ validator: { capability: 'judge', performMs: 100, attempts: 1 } }, { schema: { type: 'number' } }],
      ),
      rounds: fc.integer({ min: 1, max: 3 }),
    }),
  ),
})).node;

function withIds(node: object, next = { id: 0 }): object {
  const { steps, branches, map, node: inner, ...rest } = node as Record<string, unknown>;
  const own: Record<string, unknown> = { ...rest, id: `n${next.id++}` };
  if (Array.isArray(steps)) own['steps'] = steps.map((step) => withIds(step as object, next));
  if (Array.isArray(branches)) own['branches'] = branches.map((branch) => withIds(branch as object, next));
  if (inner !== undefined) own['node'] = withIds(inner as object, next);
  if (map !== undefined) {
    const { over, node: each } = map as { over: unknown; node: object };
    own['map'] = { over, node: withIds(each, next) };
  }
  return own;
}

/** One thing that happens; `pick` chooses which open attempt, old report or signal it happens to. */
const happenings = fc.record({
  what: fc.constantFrom(
    'result',
    'result',
    'result',
    'verdict',
    'failed',
    'hopeless',
    'parked',
    'unroutable',
    'lost',
    'lost',
    'again',
    'again',
    'forged',
    'other',
    'together',
    'halt',
    'pause',
    'resume',
    'resume',
    'nudge',
    'cancel',
    'stale',
  ),
  pick: fc.nat(1_000),
});
type Happening = { what: string; pick: number };

const reports: Record<string, Report> = {
  result: { kind: 'result', output: 7 },
  verdict: { kind: 'result', output: { verdict: 'VALID' } },
  failed: { kind: 'failed', error: { code: 'e', message: 'm', retryable: true } },
  hopeless: { kind: 'failed', error: { code: 'e', message: 'm', retryable: false } },
  parked: { kind: 'parked', reason: 'r' },
};

type Loose = Parameters<World['deliver']>[number];

/** Lets everything happen, then brings the run to its end: commands end with a resume, reports come, wake-ups fire. */
function play(world: World, all: readonly Happening[]): void {
  const sent: Loose[] = [];
  const send = (...signals: Loose[]): void => {
    const before = world.state;
    sent.push(...signals);
    checkDecision(before, world.deliver(...signals), world);
    world.now += 50;
  };
  checkDecision(world.state, world.submit([1, 2]), world);
  for (const { what, pick } of all) {
    const open = world.open();
    const chosen = open[pick % Math.max(1, open.length)];
    const old = sent[pick % Math.max(1, sent.length)];
    const report = reports[what];
    if (report !== undefined && chosen !== undefined)
      send(world.reportOf(chosen, report, { agent: pick % 2 ? 'bob' : 'alice' }));
    else if (what === 'other' && chosen !== undefined) {
      const [a, b] = [
        world.reportOf(chosen, reports['result'] as Report, { agent: 'carl' }),
        world.reportOf(chosen, reports['parked'] as Report, { agent: 'dora' }),
      ];
      send(a);
      send(b);
    } else if (what === 'together')
      send(...open.map((attempt) => world.reportOf(attempt, reports['result'] as Report)), { kind: 'nudge' });
    else if (what === 'forged' && chosen !== undefined)
      send(world.reportOf(chosen, reports['result'] as Report, { tokenValid: false }));
    else if (what === 'unroutable' && chosen !== undefined)
      send({ kind: 'unroutable', task: chosen.task, attempt: chosen.attempt, reason: 'none' });
    else if (what === 'again' && old !== undefined) send(old, old);
    else if (what === 'lost' && openEffects(world.state).wakeAt !== undefined) world.wake();
    else if (what === 'stale') send({ kind: 'wake', dueAt: pick });
    else if (what === 'halt' || what === 'pause' || what === 'resume')
      send({ kind: 'control', verb: what, epoch: ++world.epoch, by: 'op', reason: '' });
    else if (what === 'nudge') send({ kind: 'nudge' });
    else if (what === 'cancel' && pick % 10 === 0) send({ kind: 'cancel', by: 'op', reason: '' });
  }
  send({ kind: 'control', verb: 'resume', epoch: ++world.epoch, by: 'op', reason: '' });
  for (let i = 0; openEffects(world.state).settled === undefined; i++) {
    if (i > 5_000) throw new Error('the run does not end');
    const [attempt] = world.open();
    if (attempt === undefined) world.wake();
    else
      send(
        world.reportOf(
          attempt,
          attempt.capability === 'judge' ? (reports['verdict'] as Report) : (reports['result'] as Report),
        ),
      );
  }
  for (const signal of sent.slice(-20)) send(signal);
}

function checkDecision(before: RunState, events: RunEvent[], world: World): void {
  const schedules = events.some(({ type }) => type === 'TaskScheduled');
  if (schedules && before.status !== 'running' && before.status !== 'new') {
    const resumed = events.findIndex((event) => event.type === 'ControlApplied' && event.verb === 'resume');
    expect(resumed).toBeGreaterThanOrEqual(0);
  }
  if (world.state.status === 'halted' && before.status === 'halted') {
    expect(events.every(({ type }) => type === 'LateReport' || type === 'ControlApplied')).toBe(true);
  }
}

function checkLog(log: readonly RunEvent[]): void {
  expect(log.findIndex(({ type }) => type === 'RunStarted')).toBe(0);
  const end = log.findIndex(({ type }) => type === 'RunSettled');
  expect(end).toBeGreaterThan(0);
  expect(log.slice(end + 1).every(({ type }) => type === 'LateReport')).toBe(true);
  const attempts = new Map<string, number>();
  const open = new Set<string>();
  const settled = new Set<string>();
  const late = new Set<string>();
  let microUsd = 0;
  for (const event of log) {
    if (event.type === 'TaskScheduled') {
      expect(open.has(event.path) || settled.has(event.path)).toBe(false);
      expect(event.attempt).toBe((attempts.get(event.path) ?? 0) + 1);
      attempts.set(event.path, event.attempt);
      open.add(event.path);
    } else if (event.type === 'AttemptClosed') {
      expect(open.delete(event.path)).toBe(true);
      expect(event.attempt).toBe(attempts.get(event.path));
      microUsd += event.usage?.microUsd ?? 0;
    } else if (event.type === 'NodeSettled') {
      expect(settled.has(event.path) || open.has(event.path)).toBe(false);
      settled.add(event.path);
    } else if (event.type === 'LateReport') {
      const key = `${event.task} ${event.attempt} ${event.agent}`;
      expect(late.has(key)).toBe(false);
      late.add(key);
    }
  }
  expect(open.size).toBe(0);
  expect(log[end]).toMatchObject({ usage: { microUsd } });
}

function checkTree(node: Node): void {
  expect(isSettled(node)).toBe(true);
  if (isTask(node)) return;
  if ('children' in node) {
    const { started, completed, failed, cancelled } = node.counts;
    expect(started).toBe(listOf(node.children).length);
    expect(completed + failed + cancelled).toBe(started);
    for (const child of listOf(node.children)) checkTree(child);
  }
}

test('whatever happens in whatever order, every run settles exactly once and its log is sound', () => {
  fc.assert(
    fc.property(trees, fc.array(happenings, { maxLength: 40 }), (tree, all) => {
      const world = new World(withIds(tree) as NodeDef);
      play(world, all);
      checkLog(world.log);
      if (world.state.status !== 'new' && world.state.root !== undefined) checkTree(world.state.root);
      const view = summarize(world.plan, world.state);
      expect(view.status).toBe(world.settled().status);
      expect(world.settled().steps).toBe(view.nodes.filter(({ kind }) => kind === 'task').length);
    }),
    { numRuns: 400 },
  );
});

test('a log folds to the same state in any split, through snapshots', () => {
  fc.assert(
    fc.property(trees, fc.array(happenings, { maxLength: 25 }), fc.nat(1_000), (tree, all, split) => {
      const world = new World(withIds(tree) as NodeDef);
      play(world, all);
      const at = split % (world.log.length + 1);
      const half = world.log.slice(0, at).reduce(evolve, initialState(world.state.run));
      const snapshot = JSON.parse(JSON.stringify(half)) as RunState;
      expect(world.log.slice(at).reduce(evolve, snapshot)).toEqual(world.state);
    }),
    { numRuns: 100 },
  );
});

test('the same signals give the same decisions', () => {
  fc.assert(
    fc.property(trees, fc.array(happenings, { maxLength: 25 }), (tree, all) => {
      const [one, two] = [new World(withIds(tree) as NodeDef), new World(withIds(tree) as NodeDef)];
      play(one, all);
      play(two, all);
      expect(one.log).toEqual(two.log);
    }),
    { numRuns: 50 },
  );
});
