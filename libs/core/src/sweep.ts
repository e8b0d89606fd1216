import { answer, close, fill, reschedule } from './advance.ts';
import { openAttempt } from './attempt.ts';
import type { Draft } from './draft.ts';
import { expireQuestion } from './people.ts';
import { openQuestionOf } from './questions.ts';
import { type ActiveRun, isSettled, isTask, type Node } from './state.ts';
import { nodeAt } from './tree.ts';
import { unsettled } from './unsettled.ts';

/** When a node of a running run is next due: a task at once when its attempt is from before a resume, or closed with nothing after it. */
function dueOf(run: ActiveRun, node: Node): number {
  if (node.status === 'active') return node.dueAt ?? Infinity;
  if (!isTask(node)) return Infinity;
  if (node.status === 'open') return node.epoch < run.epoch ? 0 : node.deadlineAt;
  if (node.status === 'waiting') return node.dueAt;
  return node.status === 'closed' ? 0 : Infinity;
}

/** The earliest time at which something is due, or Infinity. */
export function earliestDue(run: ActiveRun): number {
  let earliest = Infinity;
  for (const [, node] of unsettled(run.root)) earliest = Math.min(earliest, dueOf(run, node));
  return earliest;
}

/**
 * Does everything that is due at `time`: lost attempts are closed, waiting ones scheduled, attempts from before a resume closed and continued,
 * nodes are told that their time has come, and start the children that were put off. What a full decision leaves is found again by the next sweep.
 */
export function sweep(draft: Draft, time: number): void {
  const run = draft.running;
  if (run === undefined) return;
  fill(draft, '');
  const found = [...unsettled(run.root)].filter(([, node]) => !isTask(node) || dueOf(run, node) <= time);
  for (const [path, before] of found) {
    if (!draft.hasRoom()) return;
    const current = draft.running;
    if (current === undefined) return;
    if (!isTask(before)) {
      const node = nodeAt(current.root, path);
      const isDue = node !== undefined && dueOf(current, node) <= time;
      if (isDue) answer(draft, path, (pattern, def, view) => pattern.due?.(def, view));
      fill(draft, path);
      continue;
    }
    const node = nodeAt(current.root, path);
    if (node === undefined || isSettled(node) || dueOf(current, node) > time) continue;
    const open = openAttempt(draft, path);
    if (openQuestionOf(node) !== undefined) expireQuestion(draft, path);
    else if (open === undefined) reschedule(draft, path);
    else if (open.epoch < current.epoch) close(draft, path, { attempt: open.attempt, outcome: 'halted' });
    else close(draft, path, { attempt: open.attempt, outcome: 'expired' });
  }
}
