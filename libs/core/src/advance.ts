import { closeAttempt, inputUnresolved, scheduleAttempt } from './attempt.ts';
import { listOf } from './children.ts';
import type { Draft } from './draft.ts';
import { patternOf } from './patterns/registry.ts';
import { viewOf } from './scope.ts';
import { isSettled, isTask, type Node, type Outcome } from './state.ts';
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
  const { upTo, inFlight } = patternOf(def).wanted(def, node.state);
  if (started >= upTo || started - completed - failed - cancelled >= inFlight || !draft.hasRoom()) return;
  work.push({ fill: path });
  start(draft, `${path}.${started}`, work);
}

function start(draft: Draft, path: string, work: Work[]): void {
  const { def, lookup } = draft.locate(path);
  if (def.kind === 'task') {
    const outcome = scheduleAttempt(draft, path);
    if (outcome !== undefined) settleNode(draft, path, outcome, work);
    return;
  }
  const { kind } = def;
  let begun: ReturnType<ReturnType<typeof patternOf>['start']>;
  try {
    const { schemas } = draft.plan;
    const counts = { started: 0, completed: 0, failed: 0, cancelled: 0 };
    begun = patternOf(def).start(def, {
      counts,
      output: () => undefined,
      outputs: () => [],
      lookup,
      schemas,
      now: draft.now,
    });
  } catch (error) {
    begun = { state: null, settle: inputUnresolved(error) };
  }
  draft.emit({ type: 'NodeAdvanced', path, kind, state: begun.state });
  if (begun.settle === undefined) work.push({ fill: path });
  else settleNode(draft, path, begun.settle, work);
}

function settleNode(draft: Draft, path: string, outcome: Outcome, work: Work[]): void {
  const node = nodeAt(draft.active?.root, path);
  if (node !== undefined) cancelBelow(draft, node, path);
  const { status, output, error } = outcome;
  const ownOutput = node !== undefined && isTask(node) && status === 'completed';
  draft.emit({
    type: 'NodeSettled',
    path,
    status,
    ...(output === undefined || ownOutput ? {} : { output }),
    ...(error === undefined ? {} : { error }),
  });
  work.push({ settled: path, outcome });
}

function tellParent(draft: Draft, path: string, outcome: Outcome, work: Work[]): void {
  const parent = parentOf(path);
  if (parent === undefined) {
    settleRun(draft, outcome);
    return;
  }
  const { def, node, lookup } = draft.locate(parent);
  if (def.kind === 'task' || node?.status !== 'active') return;
  const view = { ...viewOf(node, lookup), schemas: draft.plan.schemas, now: draft.now };
  const step = patternOf(def).childSettled(def, { index: indexOf(path), ...outcome }, view);
  if (step.state !== undefined) draft.emit({ type: 'NodeAdvanced', path: parent, kind: def.kind, state: step.state });
  if (step.settle === undefined) work.push({ fill: parent });
  else settleNode(draft, parent, step.settle, work);
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
