import { type RunEvent, taskIdOf, type WorkItem } from '@parley/contracts';
import type { Ballot } from './ballot.ts';
import { listOf } from './children.ts';
import { questionIdOf, questionsOf } from './questions.ts';
import { isSettled, isTask, type Node, type RunState } from './state.ts';
import { nodeAt } from './tree.ts';

/** What a run asks of people, and has asked: every request at its newest version, in tree order. Derived from the state alone, so that it can be told again at any time. */
export function workItems(state: RunState): WorkItem[] {
  const items: WorkItem[] = [];
  if (state.status === 'new' || state.asksPeople === undefined || state.root === undefined) return items;
  const stack: [string, Node][] = [['0', state.root]];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const [path, node] = next;
    items.push(...workItemsAt(state, path, node));
    if (isTask(node)) continue;
    for (const [i, child] of listOf(node.children).entries().toArray().toReversed())
      stack.push([`${path}.${i}`, child]);
  }
  return items;
}

/** The requests whose version these events may have changed. */
export function changedWorkItems(state: RunState, events: readonly RunEvent[]): WorkItem[] {
  if (state.status === 'new' || state.asksPeople === undefined) return [];
  const paths = new Set<string>();
  for (const event of events) if (event.type === 'NodeAdvanced' || event.type === 'NodeSettled') paths.add(event.path);
  return [...paths].flatMap((path) => {
    const node = nodeAt(state.root, path);
    return node === undefined ? [] : workItemsAt(state, path, node);
  });
}

/** The requests of one node: of an approval the one, of a task all that its agents have made. */
export function workItemsAt(state: Exclude<RunState, { status: 'new' }>, path: string, node: Node): WorkItem[] {
  if (isTask(node)) {
    return questionsOf(node).map(({ attempt, request, ballot }) => ({
      ...itemOf(state, path, questionIdOf(state.run, path, attempt), ballot, isSettled(node)),
      ask: request.ask,
      ...(request.options === undefined ? {} : { options: request.options }),
    }));
  }
  if (node.kind !== 'approval') return [];
  // Nothing was asked where its condition did not hold or its action had no value.
  const ballot = node.state as unknown as Ballot | null;
  return ballot === null || ballot.version === 0
    ? []
    : [itemOf(state, path, taskIdOf(state.run, path), ballot, isSettled(node))];
}

function itemOf(
  { run, workflow, by }: Exclude<RunState, { status: 'new' }>,
  path: string,
  approval: string,
  ballot: Ballot,
  isOver: boolean,
): WorkItem {
  const { title, action, digest, approvers, quorum, votes, edits, expiresAt, escalatesAt, reason } = ballot;
  const isCancelled = isOver && ballot.ended === null;
  return {
    approval,
    version: ballot.version + (isCancelled ? 1 : 0),
    status: ballot.ended ?? (isCancelled ? 'cancelled' : 'open'),
    ask: 'approval',
    run,
    workflow,
    path,
    title,
    action,
    digest,
    approvers,
    quorum,
    votes,
    edited: edits > 0,
    escalated: ballot.escalated,
    dueAt: ballot.escalated ? null : escalatesAt,
    expiresAt,
    requester: by ?? null,
    reason,
  };
}
