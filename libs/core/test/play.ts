import type { Json, RunEvent, TaskScheduled } from '@parley/contracts';
import fc from 'fast-check';
import { expect } from 'vitest';
import { listOf } from '../src/children.ts';
import {
  evolve,
  initialState,
  isSettled,
  isTask,
  type Node,
  openEffects,
  type RunState,
  summarize,
} from '../src/index.ts';
import { asking, handingOver, type NodeDef, type Report, World } from './world.ts';

/** One thing that happens; `pick` chooses which open attempt, old report or signal it happens to. */
export const happenings = fc.record({
  what: fc.constantFrom(
    'result',
    'result',
    'result',
    'result',
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
    'handoff',
    'handoff',
    'offerRefused',
    'ask',
    'vote',
    'vote',
    'badVote',
    'event',
  ),
  pick: fc.nat(1_000),
});
export type Happening = { what: string; pick: number };

/** What an agent answers to a task; `pick` chooses among the possible answers. */
export type Answers = (task: TaskScheduled, pick: number) => Json;

export const judgeOrSeven: Answers = ({ capability }) => (capability === 'judge' ? { verdict: 'VALID' } : 7);

const reports: Record<string, Report> = {
  failed: { kind: 'failed', error: { code: 'e', message: 'm', retryable: true } },
  hopeless: { kind: 'failed', error: { code: 'e', message: 'm', retryable: false } },
  parked: { kind: 'parked', reason: 'r' },
};

const AGENTS = ['alice', 'bob', 'carl'];

/** A request to an agent, to a capability or to both, to come back or not. */
const handoffOf = (pick: number): Report =>
  handingOver({
    ...(pick % 3 === 0 ? {} : { to: AGENTS[pick % AGENTS.length] ?? '' }),
    ...(pick % 3 === 1 ? {} : { capability: pick % 4 === 0 ? 'else' : 'work' }),
    continuation: pick % 5 < 2 ? 'return' : 'transfer',
  });

/** A question or a request to approve, with and without a fallback. */
const askOf = (pick: number): Report =>
  asking({
    ask: pick % 2 === 0 ? 'answer' : 'approval',
    quorum: 1 + (pick % 3 === 0 ? 1 : 0),
    ...(pick % 5 < 3 ? {} : { fallback: 'none' }),
    ...(pick % 7 < 4 ? {} : { approvers: ['ann', 'bob', 'requester'] }),
  });

/** A word on something that waits for people, of whoever may or may not say it. */
function voteOf(world: World, pick: number): Loose | undefined {
  const open = world.waiting();
  const item = open[pick % Math.max(1, open.length)];
  if (item === undefined) return undefined;
  const decision = (['approve', 'answer', 'approve', 'reject', 'edit', 'delegate'] as const)[pick % 6] ?? 'approve';
  const by = ['ann', 'bob', 'requester', 'boss'][pick % 4] ?? 'ann';
  const { approval, digest } = item;
  return { kind: 'approval', approval, digest, decision, by, action: pick, answer: pick, to: `p${pick % 3}` };
}

type Loose = Parameters<World['deliver']>[number];

/** Lets everything happen, then brings the run to its end: commands end with a resume, reports come, wake-ups fire. */
export function play(world: World, all: readonly Happening[], answers: Answers = judgeOrSeven): void {
  const sent: Loose[] = [];
  const send = (...signals: Loose[]): void => {
    const before = world.state;
    sent.push(...signals);
    checkDecision(before, world.deliver(...signals), world);
    world.now += 50;
  };
  const resultOf = (task: TaskScheduled, pick: number): Report => ({ kind: 'result', output: answers(task, pick) });
  checkDecision(world.state, world.submit([1, 2]), world);
  for (const { what, pick } of all) {
    const open = world.open();
    const chosen = open[pick % Math.max(1, open.length)];
    const old = sent[pick % Math.max(1, sent.length)];
    const report =
      what === 'result' && chosen !== undefined
        ? resultOf(chosen, pick)
        : what === 'handoff'
          ? handoffOf(pick)
          : what === 'ask'
            ? askOf(pick)
            : reports[what];
    if (report !== undefined && chosen !== undefined)
      send(world.reportOf(chosen, report, { agent: pick % 2 ? 'bob' : 'alice' }));
    else if (what === 'other' && chosen !== undefined) {
      const [a, b] = [
        world.reportOf(chosen, resultOf(chosen, pick), { agent: 'carl' }),
        world.reportOf(chosen, reports['parked'] as Report, { agent: 'dora' }),
      ];
      send(a);
      send(b);
    } else if (what === 'together')
      send(...open.map((attempt) => world.reportOf(attempt, resultOf(attempt, pick))), { kind: 'nudge' });
    else if (what === 'forged' && chosen !== undefined)
      send(world.reportOf(chosen, resultOf(chosen, pick), { tokenValid: false }));
    else if (what === 'unroutable' && chosen !== undefined)
      send({ kind: 'unroutable', task: chosen.task, attempt: chosen.attempt, reason: 'none' });
    else if (what === 'offerRefused' && chosen !== undefined)
      send({
        kind: 'offer_refused',
        task: chosen.task,
        attempt: chosen.attempt,
        refusals: [{ to: 'bob', reason: 'no' }],
      });
    else if (what === 'again' && old !== undefined) send(old, old);
    else if (what === 'lost' && openEffects(world.state).wakeAt !== undefined) world.wake();
    else if (what === 'stale') send({ kind: 'wake', dueAt: pick });
    else if (what === 'halt' || what === 'pause' || what === 'resume')
      send({ kind: 'control', verb: what, epoch: ++world.epoch, by: 'op', reason: '' });
    else if (what === 'vote') {
      const vote = voteOf(world, pick);
      if (vote !== undefined) send(vote);
    } else if (what === 'badVote')
      send({
        kind: 'approval',
        approval: `${world.state.run}-0-${pick % 3}`,
        digest: 'x',
        decision: 'approve',
        by: 'ann',
      });
    else if (what === 'event')
      send({
        kind: 'event',
        event: `e${pick % 20}`,
        name: pick % 3 === 0 ? 'go' : 'other',
        payload: pick,
        by: 'outside',
      });
    else if (what === 'nudge') send({ kind: 'nudge' });
    else if (what === 'cancel' && pick % 10 === 0) send({ kind: 'cancel', by: 'op', reason: '' });
  }
  send({ kind: 'control', verb: 'resume', epoch: ++world.epoch, by: 'op', reason: '' });
  for (let i = 0; openEffects(world.state).settled === undefined; i++) {
    if (i > 5_000) throw new Error('the run does not end');
    const [attempt] = world.open();
    if (attempt === undefined) world.wake();
    else send(world.reportOf(attempt, resultOf(attempt, i)));
  }
  for (const signal of sent.slice(-20)) send(signal);
}

/** People and the world are heard while a run is halted, and what they say is decided on; nothing is scheduled. */
const WHILE_HALTED = new Set(
  'LateReport ControlApplied VoteRecorded SignalReceived NodeAdvanced NodeSettled RunSettled'.split(' '),
);

/** What only keeps a record. */
const RECORDS = new Set(['LateReport', 'VoteRecorded', 'SignalReceived']);

function checkDecision(before: RunState, events: RunEvent[], world: World): void {
  const schedules = events.some(({ type }) => type === 'TaskScheduled');
  if (schedules && before.status !== 'running' && before.status !== 'new') {
    const resumed = events.findIndex((event) => event.type === 'ControlApplied' && event.verb === 'resume');
    expect(resumed).toBeGreaterThanOrEqual(0);
  }
  if (world.state.status === 'halted' && before.status === 'halted') {
    expect(events.filter(({ type }) => !WHILE_HALTED.has(type))).toEqual([]);
  }
}

export function checkLog(log: readonly RunEvent[]): void {
  expect(log.findIndex(({ type }) => type === 'RunStarted')).toBe(0);
  const end = log.findIndex(({ type }) => type === 'RunSettled');
  expect(end).toBeGreaterThan(0);
  expect(log.slice(end + 1).every(({ type }) => RECORDS.has(type))).toBe(true);
  checkVotes(log);
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

/** Nobody's vote counts twice for the same text. */
function checkVotes(log: readonly RunEvent[]): void {
  const counted = new Set<string>();
  for (const event of log) {
    if (event.type !== 'VoteRecorded' || event.refused !== undefined || event.decision !== 'approve') continue;
    const key = `${event.approval} ${event.digest} ${event.by}`;
    expect(counted.has(key)).toBe(false);
    counted.add(key);
  }
}

export function checkTree(node: Node): void {
  expect(isSettled(node)).toBe(true);
  if (isTask(node)) return;
  if ('children' in node) {
    const { started, completed, failed, cancelled } = node.counts;
    expect(started).toBe(listOf(node.children).length);
    expect(completed + failed + cancelled).toBe(started);
    for (const child of listOf(node.children)) checkTree(child);
  }
}

/** Random histories per pattern: all of them where every change is judged, few while one is made. */
export const SEEDS = process.env['CI'] === undefined ? 60 : 1_000;

/**
 * The promise of every pattern, over random answers, orders, duplicates, losses and commands: the run ends in exactly one terminal state, its log is
 * sound, folds to the same state in any split, and the same signals give the same log.
 */
export function everyRunEnds(
  roots: fc.Arbitrary<object>,
  answers: Answers,
  {
    numRuns = SEEDS,
    happens = fc.array(happenings, { maxLength: 30 }),
    check,
  }: { numRuns?: number; happens?: fc.Arbitrary<Happening[]>; check?: (world: World) => void } = {},
): void {
  fc.assert(
    fc.property(roots, happens, fc.nat(1_000), (root, all, split) => {
      const world = new World(root as NodeDef);
      play(world, all, answers);
      checkLog(world.log);
      if (world.state.status !== 'new' && world.state.root !== undefined) checkTree(world.state.root);
      const view = summarize(world.plan, world.state);
      expect(view.status).toBe(world.settled().status);
      expect(world.settled().steps).toBe(
        view.nodes.filter(({ kind, status, cached }) => kind === 'task' && status !== 'skipped' && cached !== true)
          .length,
      );
      const half = world.log.slice(0, split % (world.log.length + 1)).reduce(evolve, initialState(world.state.run));
      const snapshot = JSON.parse(JSON.stringify(half)) as RunState;
      expect(world.log.slice(split % (world.log.length + 1)).reduce(evolve, snapshot)).toEqual(world.state);
      const twin = new World(root as NodeDef);
      play(twin, all, answers);
      expect(twin.log).toEqual(world.log);
      check?.(world);
    }),
    { numRuns },
  );
}
