import type { Json } from '@parley/contracts';
import { taskIdOf } from '@parley/contracts';
import { cacheKeyOf } from './cache.ts';
import type { Draft } from './draft.ts';
import { afterAttempt, backoffMs, deadlineOf } from './patterns/task.ts';
import { circleClosers } from './handoff.ts';
import { openQuestion } from './questions.ts';
import { type EventOf, type Handoffs, isSettled, isTask, type Outcome } from './state.ts';
import { failureOf } from './failure-of.ts';
import { resolveTemplate } from './template.ts';
import { nodeAt } from './tree.ts';

type Closing = Omit<EventOf<'AttemptClosed'>, 'type' | 'path'>;

/** Schedules the first or next attempt of a task. Answers the task's outcome when its input cannot be had, or when the same work was done before. */
export function scheduleAttempt(draft: Draft, path: string): Outcome | undefined {
  const run = draft.running;
  if (run === undefined || !draft.hasRoom()) return undefined;
  const { def, node, lookup, defaultInput } = draft.locate(path);
  if (def.kind !== 'task' || (node !== undefined && (!isTask(node) || isSettled(node) || node.status === 'open'))) {
    throw new Error(`${path} is not a task that can be scheduled`);
  }
  const handoffs = node?.handoffs;
  let input: Json;
  try {
    input = handoffs?.leg.input ?? resolveTemplate(def.input ?? defaultInput, lookup);
  } catch (error) {
    return failureOf(error);
  }
  const cacheKey = def.cache === true && node === undefined ? cacheKeyOf(def, input) : undefined;
  const cached = cacheKey === undefined ? undefined : run.cache?.[cacheKey];
  if (cached !== undefined) return { status: 'completed', output: cached, cached: true };
  const task = taskIdOf(run.run, path);
  const attempt = (node?.closedBy.length ?? 0) + 1;
  // What is handed over now begins with a journal of its own.
  const isNewOffer = node?.status === 'closed' && node.outcome === 'handoff' && handoffs?.offer !== undefined;
  const continues = node !== undefined && !isNewOffer && (node.status === 'closed' || node.continues);
  const capability = handoffs?.leg.capability ?? def.capability;
  draft.emit({
    type: 'TaskScheduled',
    path,
    task,
    attempt,
    capability,
    input,
    criteria: def.criteria,
    epoch: run.epoch,
    deadlineAt: deadlineOf(def, draft.now),
    performMs: def.performMs,
    journal: continues ? node.journal : `${task}-a${attempt}`,
    continues,
    ...(continues && node.holder !== undefined ? { prefer: node.holder } : {}),
    ...(def.agents === undefined || capability !== def.capability ? {} : { agents: def.agents }),
    ...(handoffs === undefined ? {} : contextOf(handoffs)),
    ...(cacheKey === undefined ? {} : { cacheKey }),
    ...(node?.answer === undefined ? {} : { answer: node.answer }),
  });
  return undefined;
}

/** What a scheduled attempt says of the hand-offs before it. */
function contextOf({ leg, offer, recent }: Handoffs): Partial<EventOf<'TaskScheduled'>> {
  const { capability: _, input: _input, ...context } = leg;
  const { brief, handoff, ...rest } = context;
  if (offer === undefined || brief === undefined || handoff === undefined) return context;
  const avoid = circleClosers(recent).filter((holder) => holder !== handoff.from);
  const { to } = offer;
  return {
    ...rest,
    offer: { ...handoff, ...(to === undefined ? {} : { to }), brief, ...(avoid.length === 0 ? {} : { avoid }) },
  };
}

/** Closes the open attempt of a task and does what follows. Answers the task's outcome when it has one now. */
export function closeAttempt(draft: Draft, path: string, closing: Closing): Outcome | undefined {
  draft.emit({ type: 'AttemptClosed', path, ...closing });
  const { def, node } = draft.locate(path);
  if (def.kind !== 'task' || node?.status !== 'closed') throw new Error(`${path} is not a task`);
  if (closing.ask !== undefined) return openQuestion(draft, path, closing.attempt, closing.ask);
  const next = afterAttempt(def, node, closing.error, draft.now);
  if ('settle' in next) return next.settle;
  const isParkedAgain = closing.outcome === 'parked' && node.closedBy.length > 1 && draft.running !== undefined;
  if (next.scheduleAt === 'now' && !isParkedAgain) return scheduleAttempt(draft, path);
  // What parks it is a command that this run knows nothing of: without a pause it would be scheduled and parked over and over.
  const { scheduleAt: dueAt, continues } =
    next.scheduleAt === 'now' ? { scheduleAt: draft.now + backoffMs(node.closedBy.length - 1), continues: true } : next;
  draft.emit({ type: 'NodeAdvanced', path, kind: 'task', state: { dueAt, continues } });
  draft.newDue = Math.min(draft.newDue, dueAt);
  return undefined;
}

/** The open attempt of a task, or undefined. */
export function openAttempt(draft: Draft, path: string) {
  const node = nodeAt(draft.active?.root, path);
  if (node === undefined || !isTask(node) || node.status !== 'open') return undefined;
  return { attempt: node.closedBy.length + 1, epoch: node.epoch, deadlineAt: node.deadlineAt };
}
