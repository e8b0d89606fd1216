import { closeAttempt, scheduleAttempt } from './attempt.ts';
import { listOf } from './children.ts';
import type { CompositeDef } from './patterns/registry.ts';
import type { Draft } from './draft.ts';
import { failureOf } from './failure-of.ts';
import type { Pattern, Step, View } from './patterns/pattern.ts';
import type { Json } from '@parley/contracts';
import { patternOf } from './patterns/registry.ts';
import { type Place, plannedOf, sceneOf } from './scope.ts';
import { type ActiveNode, isSettled, isTask, type Node, type Outcome } from './state.ts';
import { indexOf, nodeAt, parentOf } from './tree.ts';

/** `fill`: start the children that a node wants (`''` is the run itself). `settled`: tell the node around `path`. */
type Work = { fill: string } | { settled: string; outcome: Outcome };

/** Starts what the node at `path` wants now, and all that follows from it. Does nothing while the run is halted or paused. */
export const fill = (draft: Draft, path: string): void => proceed(draft, [{ fill: path }]);

/** Settles a node, cancels what is still open below it, and does all that follows from it. */
export function settle(draft: Draft, path: string, outcome: Outcome): void {
  const work: Work[] = [];
  settleNode(draft, path, outcome, work);
  proceed(draft, work);
}

/** What a node that is under way answers to something, and all that follows from it. Does nothing when no such node is at `path`. */
export function answer(
  draft: Draft,
  path: string,
  ask: (pattern: Pattern, def: CompositeDef, view: View<Json>) => Step<Json> | undefined,
): void {
  const work: Work[] = [];
  answerOne(draft, path, ask, work);
  proceed(draft, work);
}

/** Last in, first out: all that follows from one child's start is done before the next child starts. A stack instead of recursion, so that a long chain of nodes that settle at once is no deep one. */
function proceed(draft: Draft, work: Work[]): void {
  for (let next = work.pop(); next !== undefined; next = work.pop()) {
    if ('fill' in next) fillOne(draft, next.fill, work);
    else tellParent(draft, next.settled, next.outcome, work);
  }
}

function fillOne(draft: Draft, path: string, work: Work[]): void {
  const run = draft.running;
  if (run === undefined) return;
  if (path === '') {
    if (run.root === undefined) start(draft, '0', work);
    return;
  }
  const node = nodeAt(run.root, path);
  if (node?.status !== 'active') return;
  const { def } = draft.locate(path);
  if (def.kind === 'task') return;
  const { started, completed, failed, cancelled } = node.counts;
  const { upTo, inFlight } = patternOf(def).wanted(def, plannedOf(node));
  if (started >= upTo || started - completed - failed - cancelled >= inFlight || !draft.hasRoom()) return;
  work.push({ fill: path });
  start(draft, `${path}.${started}`, work);
}

const NOT_BEGUN: Omit<ActiveNode, 'kind'> = {
  status: 'active',
  state: null,
  planned: [],
  counts: { started: 0, completed: 0, failed: 0, cancelled: 0 },
  children: [],
};

function start(draft: Draft, path: string, work: Work[]): void {
  const place = draft.locate(path);
  const { def } = place;
  const outcome = skipOf(draft, place) ?? (def.kind === 'task' ? scheduleAttempt(draft, path) : undefined);
  if (outcome !== undefined) settleNode(draft, path, outcome, work);
  else if (def.kind !== 'task') {
    const { kind } = def;
    const view = viewOf(draft, path, { ...NOT_BEGUN, kind }, place) as View<null>;
    const begun = attempted(() => patternOf(def).start(def, view));
    advance(draft, path, kind, { state: null, ...begun }, work);
  }
}

/** The outcome of a node whose condition does not hold, or has no value. */
function skipOf(draft: Draft, { def, lookup }: Place): Outcome | undefined {
  const { when } = def;
  if (when === undefined) return undefined;
  const step = attempted(() =>
    draft.plan.program(when).evaluate(lookup) === true ? {} : { settle: { status: 'completed', skipped: true } },
  );
  return step.settle;
}

function settleNode(draft: Draft, path: string, outcome: Outcome, work: Work[]): void {
  const node = nodeAt(draft.active?.root, path);
  if (node !== undefined) cancelBelow(draft, node, path);
  const { status, output, error, skipped, cached } = outcome;
  const ownOutput = node !== undefined && isTask(node) && status === 'completed';
  draft.emit({
    type: 'NodeSettled',
    path,
    status,
    ...(output === undefined || ownOutput ? {} : { output }),
    ...(error === undefined ? {} : { error }),
    ...(skipped === undefined ? {} : { skipped }),
    ...(cached === undefined ? {} : { cached }),
  });
  work.push({ settled: path, outcome });
}

function tellParent(draft: Draft, path: string, outcome: Outcome, work: Work[]): void {
  const parent = parentOf(path);
  if (parent === undefined) {
    settleRun(draft, outcome);
    return;
  }
  const child = { index: indexOf(path), ...outcome };
  answerOne(draft, parent, (pattern, def, view) => pattern.childSettled(def, child, view), work);
}

function answerOne(draft: Draft, path: string, ask: Parameters<typeof answer>[2], work: Work[]): void {
  const place = draft.locate(path);
  const { def, node } = place;
  if (def.kind === 'task' || node?.status !== 'active') return;
  const view = viewOf(draft, path, node, place);
  const step = attempted(() => ask(patternOf(def), def, view));
  if (step !== undefined) advance(draft, path, def.kind, step, work);
}

function advance(draft: Draft, path: string, kind: string, step: Step<Json>, work: Work[]): void {
  const { state, plan: planned = [], dueAt, takes, settle: outcome } = step;
  if (state !== undefined) {
    draft.emit({
      type: 'NodeAdvanced',
      path,
      kind,
      state,
      ...(planned.length === 0 ? {} : { planned }),
      ...(dueAt === undefined ? {} : { dueAt }),
    });
  }
  if (takes !== undefined) draft.emit({ type: 'SignalTaken', path, id: takes });
  if (outcome === undefined) work.push({ fill: path });
  else settleNode(draft, path, outcome, work);
}

/** What a pattern decides; a template or an expression without a value fails the node. */
function attempted<S extends Step<Json> | undefined>(decide: () => S): S | { settle: Outcome } {
  try {
    return decide();
  } catch (error) {
    return { settle: failureOf(error) };
  }
}

function viewOf(draft: Draft, path: string, node: ActiveNode, { lookup, defaultInput }: Place): View<Json> {
  const { plan, now } = draft;
  return {
    ...sceneOf(node, lookup, defaultInput),
    path,
    run: draft.state.run,
    requester: draft.active?.by,
    defaultInput,
    inbox: (name) => draft.active?.inbox?.find((kept) => kept.name === name),
    schemas: plan.schemas,
    evaluate: (expression, own) => plan.program(expression).evaluate(lookup, own),
    now,
  };
}

/** Ends the run. Nothing but late reports follows. */
export function settleRun(draft: Draft, { status, output, error }: Outcome): void {
  const run = draft.active;
  if (run === undefined) return;
  draft.emit({
    type: 'RunSettled',
    status,
    ...(output === undefined ? {} : { output }),
    ...(error === undefined ? {} : { error }),
    usage: run.usage,
    steps: run.steps,
  });
}

/** Cancels a node and everything below it that has not settled, leaves first. */
export function cancelTree(draft: Draft, node: Node, path: string): void {
  if (isSettled(node)) return;
  cancelBelow(draft, node, path);
  if (isTask(node) && node.status === 'open') {
    draft.emit({ type: 'AttemptClosed', path, attempt: node.closedBy.length + 1, outcome: 'halted' });
  }
  draft.emit({ type: 'NodeSettled', path, status: 'cancelled' });
}

function cancelBelow(draft: Draft, node: Node, path: string): void {
  if (node.status !== 'active') return;
  for (const [i, child] of listOf(node.children).entries()) cancelTree(draft, child, `${path}.${i}`);
}

/** Closes an attempt and does all that follows. */
export function close(draft: Draft, path: string, closing: Parameters<typeof closeAttempt>[2]): void {
  const outcome = closeAttempt(draft, path, closing);
  if (outcome !== undefined) settle(draft, path, outcome);
}

/** Schedules the next attempt of a task whose last one is closed, and does all that follows. */
export function reschedule(draft: Draft, path: string): void {
  const outcome = scheduleAttempt(draft, path);
  if (outcome !== undefined) settle(draft, path, outcome);
}
