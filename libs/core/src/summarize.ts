import type { Failure, Json, NodeDef, RunSummary, UsageTotals, WorkItem } from '@parley/contracts';
import { listOf } from './children.ts';
import { patternOf } from './patterns/registry.ts';
import type { Plan } from './plan.ts';
import { openQuestionOf } from './questions.ts';
import { plannedOf } from './scope.ts';
import { hopsOf, isActiveRun, isTask, type Node, type RunState, type TaskNode } from './state.ts';
import { workItemsAt } from './work-items.ts';

/** One begun node, as a person reads it. */
export interface NodeSummary {
  path: string;
  /** As written in the definition; the path when the definition is not at hand. */
  id: string;
  kind: string;
  /** A task is `open`, `waiting`, `asking` (people) or `parked`, another node `running`, until it is `completed`, `failed`, `cancelled` or `skipped`. */
  status: string;
  attempts: number;
  /** Who closed the last attempt. */
  agent?: string;
  /** Hand-offs of a task, where there were any. */
  hops?: number;
  /** What people are asked, while they are. */
  approval?: WorkItem;
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
  if (state.root !== undefined) collect(state, state.root, '0', plan?.definition.root, nodes);
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

type Begun = Exclude<RunState, { status: 'new' }>;

function collect(state: Begun, node: Node, path: string, def: NodeDef | undefined, into: NodeSummary[]): void {
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
      ...openItem(state, path, node),
    });
    return;
  }
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
    ...openItem(state, path, node),
    ...(notes.length === 0 ? {} : { notes }),
  });
  for (const [i, child] of listOf(node.children).entries()) {
    const childDef =
      def === undefined || def.kind === 'task' ? undefined : patternOf(def).childDef(def, i, plannedOf(node));
    collect(state, child, `${path}.${i}`, childDef, into);
  }
}

function openItem(state: Begun, path: string, node: Node): { approval?: WorkItem } {
  const open = workItemsAt(state, path, node).find(({ status }) => status === 'open');
  return open === undefined ? {} : { approval: open };
}

function statusOf(task: TaskNode): string {
  if ('skipped' in task) return 'skipped';
  if (openQuestionOf(task) !== undefined) return 'asking';
  return task.status === 'closed' ? 'parked' : task.status;
}
