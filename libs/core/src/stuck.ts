import type { NodeDef, StuckRun } from '@parley/contracts';
import { taskIdOf } from '@parley/contracts';
import { listOf } from './children.ts';
import { fieldOf } from './patterns/outcome.ts';
import { patternOf } from './patterns/registry.ts';
import type { Plan } from './plan.ts';
import { plannedOf } from './scope.ts';
import {
  type ActiveNode,
  type ActiveRun,
  isActiveRun,
  isSettled,
  isTask,
  type Node,
  type RunState,
  type TaskNode,
} from './state.ts';
import { waitCycles } from './wait-cycles.ts';

type Waiting = StuckRun['waits'][number];
type Report = Pick<StuckRun, 'waits' | 'more' | 'cycles' | 'wakeAt'>;

/** Most open nodes that one report names. */
const MAX_WAITS = 100;

/** What every open node of a run waits for, leaves alone: what is around them waits for them. Nothing for a run that is over. */
export function stuckReport(plan: Plan | undefined, state: RunState): Report {
  if (!isActiveRun(state) || state.root === undefined) return { waits: [], more: 0, cycles: [] };
  const all = [...waitsIn(state, state.root, '0', plan?.definition.root)];
  return {
    waits: all.slice(0, MAX_WAITS),
    more: Math.max(0, all.length - MAX_WAITS),
    cycles: plan === undefined ? [] : waitCycles(plan.definition.root, state.root),
    ...(state.armed === undefined ? {} : { wakeAt: state.armed }),
  };
}

function* waitsIn(run: ActiveRun, node: Node, path: string, def: NodeDef | undefined): Generator<Waiting> {
  if (isSettled(node)) return;
  const named = { path, id: def?.id ?? path, kind: node.kind };
  if (isTask(node)) {
    yield { ...named, ...(def?.kind === 'task' ? { capability: def.capability } : {}), ...taskWait(run, node) };
    return;
  }
  if (node.status !== 'active') return;
  const open = [...listOf(node.children).entries()].filter(([, child]) => !isSettled(child));
  for (const [i, child] of open) {
    const childDef =
      def === undefined || def.kind === 'task' ? undefined : patternOf(def).childDef(def, i, plannedOf(node));
    yield* waitsIn(run, child, `${path}.${i}`, childDef);
  }
  if (wantsMore(def, node)) yield { ...named, ...putOff(run) };
  else if (open.length === 0) yield { ...named, ...nodeWait(run, node, path) };
}

type Wait = Pick<Waiting, 'for' | 'text' | 'until' | 'capability'>;

const resume = ({ status }: ActiveRun): Wait => ({ for: 'resume', text: `the run is ${status}; resume or cancel it` });

/** Work that could go on at once: nothing but the run's next wake-up is needed. */
const putOff = (run: ActiveRun): Wait =>
  run.status === 'running' ? { for: 'wake', text: 'the next wake-up of the run', ...untilOf(run.armed) } : resume(run);

function taskWait(run: ActiveRun, task: TaskNode): Wait {
  const attempt = task.closedBy.length + 1;
  switch (task.status) {
    case 'open': {
      if (run.status === 'halted') return resume(run);
      const { handoffs, holder, deadlineAt } = task;
      const who = handoffs?.offer?.to ?? holder;
      const text =
        who === undefined
          ? `an agent that takes attempt ${attempt} and reports`
          : `${who} to report attempt ${attempt}`;
      const capability = handoffs?.leg.capability;
      return { for: 'agent', text, until: deadlineAt, ...(capability === undefined ? {} : { capability }) };
    }
    case 'waiting':
      if (run.status !== 'running') return resume(run);
      return { for: 'time', text: `the pause before attempt ${attempt}`, until: task.dueAt };
    case 'closed':
      return putOff(run);
    case 'completed':
    case 'failed':
    case 'cancelled':
      throw new Error('a task that has settled waits for nothing');
  }
}

/** A node without an open child that wants none: it waits for people, for an event, for a time. */
function nodeWait(run: ActiveRun, node: ActiveNode, path: string): Wait {
  const until = untilOf(node.dueAt);
  if (node.kind === 'approval') {
    const approvers = fieldOf(node.state, 'approvers');
    const who = Array.isArray(approvers) && approvers.length > 0 ? approvers.map(String).join(', ') : 'anyone';
    return { for: 'people', text: `${who} to decide: parley approve ${taskIdOf(run.run, path)}`, ...until };
  }
  const event = fieldOf(node.state, 'event');
  if (node.kind === 'wait' && typeof event === 'string') {
    return { for: 'event', text: `the event ${event}: parley signal ${run.run} ${event}`, ...until };
  }
  if (node.dueAt === undefined)
    return { for: 'nothing', text: 'nothing that is known; this is a fault of the platform' };
  return run.status === 'running' ? { for: 'time', text: 'its time', ...until } : resume(run);
}

function wantsMore(def: NodeDef | undefined, node: ActiveNode): boolean {
  if (def === undefined || def.kind === 'task') return false;
  const { started, completed, failed, cancelled } = node.counts;
  const { upTo, inFlight } = patternOf(def).wanted(def, plannedOf(node));
  return started < upTo && started - completed - failed - cancelled < inFlight;
}

const untilOf = (until: number | undefined): { until?: number } => (until === undefined ? {} : { until });
