import {
  type Failure,
  type Json,
  type NodeDef,
  type OpenApproval,
  type RunSummary,
  taskIdOf,
  type UsageTotals,
} from '@parley/contracts';
import type { ApprovalState } from './patterns/approval.ts';
import { listOf } from './children.ts';
import { patternOf } from './patterns/registry.ts';
import type { Plan } from './plan.ts';
import { plannedOf } from './scope.ts';
import { hopsOf, isActiveRun, isTask, type Node, type RunState, type TaskNode } from './state.ts';

/** One begun node, as a person reads it. */
export interface NodeSummary {
  path: string;
  /** As written in the definition; the path when the definition is not at hand. */
  id: string;
  kind: string;
  /** A task is `open`, `waiting` or `parked`, another node `running`, until it is `completed`, `failed`, `cancelled` or `skipped`. */
  status: string;
  attempts: number;
  /** Who closed the last attempt. */
  agent?: string;
  /** Hand-offs of a task, where there were any. */
  hops?: number;
  approval?: OpenApproval;
  /** What its kind has to tell besides the status. */
  notes?: string[];
  /** A task whose output is that of the same work before. */
  cached?: true;
}

export interface RunView {
  run: string;
  workflow: string;
  status: RunSummary['status'];
  input: Json;
  output?: Json;
  error?: Failure;
  usage: UsageTotals;
  nodes: NodeSummary[];
}

/** A run for display: every node that has begun, parents first. Throws for a run without a log. */
export function summarize(plan: Plan | undefined, state: RunState): RunView {
  if (state.status === 'new') throw new Error(`run ${state.run} has not begun`);
  const nodes: NodeSummary[] = [];
  if (state.root !== undefined) collect(state.run, state.root, '0', plan?.definition.root, nodes);
  const { run, workflow, status, input, usage } = state;
  const settled = isActiveRun(state) ? undefined : state.settled;
  return {
    run,
    workflow,
    status,
    input,
    ...(settled?.output === undefined ? {} : { output: settled.output }),
    ...(settled?.error === undefined ? {} : { error: settled.error }),
    usage,
    nodes,
  };
}

function collect(run: string, node: Node, path: string, def: NodeDef | undefined, into: NodeSummary[]): void {
  const { kind } = node;
  const id = def?.id ?? path;
  if (isTask(node)) {
    const agent = node.closedBy.at(-1);
    const attempts = node.closedBy.length + (node.status === 'open' ? 1 : 0);
    const hops = hopsOf(node);
    into.push({
      path,
      id,
      kind,
      status: statusOf(node),
      attempts,
      ...(typeof agent === 'string' ? { agent } : {}),
      ...(hops === 0 ? {} : { hops }),
      ...('cached' in node ? { cached: true } : {}),
    });
    return;
  }
  const open = approvalOf(run, node, path, def);
  const status = node.status === 'active' ? 'running' : node.status;
  const notes =
    def === undefined || def.kind === 'task' || !('state' in node)
      ? []
      : (patternOf(def).notes?.(def, plannedOf(node)) ?? []);
  into.push({
    path,
    id,
    kind,
    status,
    attempts: 0,
    ...(open === undefined ? {} : { approval: open }),
    ...(notes.length === 0 ? {} : { notes }),
  });
  for (const [i, child] of listOf(node.children).entries()) {
    const childDef =
      def === undefined || def.kind === 'task' ? undefined : patternOf(def).childDef(def, i, plannedOf(node));
    collect(run, child, `${path}.${i}`, childDef, into);
  }
}

/** What people are asked, while an approval is open. */
function approvalOf(run: string, node: Node, path: string, def: NodeDef | undefined): OpenApproval | undefined {
  if (node.kind !== 'approval' || node.status !== 'active' || def?.kind !== 'approval') return undefined;
  const { action, digest, approvers, votes, escalated, expiresAt } = node.state as unknown as ApprovalState;
  const { title, quorum } = def;
  return { approval: taskIdOf(run, path), title, action, digest, approvers, votes, quorum, escalated, expiresAt };
}

function statusOf(task: TaskNode): string {
  if ('skipped' in task) return 'skipped';
  return task.status === 'closed' ? 'parked' : task.status;
}
