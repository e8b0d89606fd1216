import { mapChildren, NO_CHILDREN } from './children.ts';
import type { HumanAnswer, Json, TaskScheduled } from '@parley/contracts';
import { confirmed, handedOn } from './evolve-handoff.ts';
import type {
  ChildCounts,
  ClosedTask,
  EventOf,
  Handoffs,
  Node,
  OpenTask,
  Question,
  TaskNode,
  WaitingTask,
} from './state.ts';
import { isSettled, isTask } from './state.ts';

const NONE: ChildCounts = { started: 0, completed: 0, failed: 0, cancelled: 0 };

/** A node that begins or changes its own state; for a task: its next attempt waits until `state.dueAt`. */
export function advanced(node: Node | undefined, event: EventOf<'NodeAdvanced'>): Node {
  if (event.kind !== 'task') {
    const { kind, state, planned = [] } = event;
    const due = event.dueAt === undefined ? {} : { dueAt: event.dueAt };
    if (node === undefined)
      return { kind, status: 'active', state, planned, ...due, counts: NONE, children: NO_CHILDREN };
    if (node.status !== 'active') throw new Error(`node ${event.path} is advanced while ${node.status}`);
    const { counts, children } = node;
    const all = planned.length === 0 ? node.planned : [...node.planned, ...planned];
    return { kind, status: 'active', state, planned: all, ...due, counts, children };
  }
  return waitingTask(node, event);
}

/** A task's next attempt waits until `dueAt`; with a question, until people have answered it. */
function waitingTask(node: Node | undefined, { path, state }: EventOf<'NodeAdvanced'>): WaitingTask {
  const { dueAt, continues, question, answer } = state as unknown as {
    dueAt: number;
    continues: boolean;
    question?: Question;
    answer?: HumanAnswer;
  };
  if (node === undefined || !isTask(node) || (node.status !== 'closed' && (node.status !== 'waiting' || !question)))
    throw new Error(`task ${path} waits without a closed attempt`);
  const { closedBy, spent, journal, holder, handoffs, cacheKey } = node;
  const said = answer ?? node.answer;
  return {
    kind: 'task',
    status: 'waiting',
    closedBy,
    spent,
    journal,
    ...heldBy(holder),
    ...handedOver(handoffs),
    ...cachedAs(cacheKey),
    ...asked(node, question),
    ...(said === undefined ? {} : { answer: said }),
    continues,
    dueAt,
  };
}

export function scheduled(node: Node | undefined, event: TaskScheduled): OpenTask {
  if (node !== undefined && (!isTask(node) || (node.status !== 'closed' && node.status !== 'waiting'))) {
    throw new Error(`task ${event.path} is scheduled while ${node.status}`);
  }
  return {
    kind: 'task',
    status: 'open',
    closedBy: node?.closedBy ?? [],
    spent: node?.spent ?? 0,
    journal: event.journal,
    continues: event.continues,
    ...heldBy(event.continues ? node?.holder : undefined),
    ...handedOver(node?.handoffs),
    ...cachedAs(node?.cacheKey ?? event.cacheKey),
    ...asked(node),
    ...(node?.answer === undefined ? {} : { answer: node.answer }),
    epoch: event.epoch,
    deadlineAt: event.deadlineAt,
  };
}

export function closed(node: Node | undefined, event: EventOf<'AttemptClosed'>): ClosedTask {
  if (node === undefined || !isTask(node) || node.status !== 'open' || event.attempt !== node.closedBy.length + 1) {
    throw new Error(`attempt ${event.attempt} of ${event.path} is closed but not open`);
  }
  const counts = event.outcome === 'failed' || event.outcome === 'expired' || event.outcome === 'unroutable';
  const task: ClosedTask = {
    kind: 'task',
    status: 'closed',
    closedBy: [...node.closedBy, event.by?.agent ?? null],
    spent: counts ? node.spent + 1 : node.spent,
    journal: node.journal,
    continues: node.continues,
    ...heldBy(event.by?.agent ?? node.holder),
    ...handedOver(node.handoffs),
    ...cachedAs(node.cacheKey),
    ...asked(node),
    ...answerAfter(node, event),
    outcome: event.outcome,
    ...outputAs(event.output),
  };
  return handedOn(task, event);
}

export function settled(node: Node | undefined, event: EventOf<'NodeSettled'>): Node {
  const { status, output, skipped, cached } = event;
  if (node === undefined) {
    const why = { ...(skipped === undefined ? {} : { skipped }), ...(cached === undefined ? {} : { cached }) };
    return { kind: 'task', status, closedBy: [], spent: 0, ...outputAs(output), ...why };
  }
  if (isSettled(node)) throw new Error(`node ${event.path} settles twice`);
  if (node.status === 'active') {
    const { kind, state, planned, counts } = node;
    return {
      kind,
      status,
      state,
      planned,
      counts,
      children: mapChildren(node.children, withoutOutput),
      ...outputAs(output),
    };
  }
  const own = node.status === 'closed' && status === 'completed' ? node.output : undefined;
  const { closedBy, spent, handoffs } = node;
  const hops = handoffs === undefined || handoffs.hops === 0 ? {} : { hops: handoffs.hops };
  return { kind: 'task', status, closedBy, spent, ...hops, ...asked(node), ...outputAs(output ?? own) };
}

/** The agent is known to have written the open attempt's journal. */
export function held(node: Node | undefined, agent: string): Node {
  if (node?.status !== 'open') throw new Error('only an open attempt has a holder');
  return { ...node, holder: agent, ...handedOver(confirmed(node.handoffs, agent)) };
}

export function withoutOutput(node: Node): Node {
  if (!isSettled(node) || node.output === undefined) return node;
  const { output: _, ...rest } = node;
  return rest as Node;
}

/** What a task has asked of people, with what is new of its newest request. */
function asked(task: TaskNode | undefined, question?: Question): { questions?: readonly Question[] } {
  const before = task?.questions ?? [];
  if (question === undefined) return before.length === 0 ? {} : { questions: before };
  return { questions: [...before.filter(({ attempt }) => attempt !== question.attempt), question] };
}

/** An answer holds for every later attempt of its holder; an approval only for the journal that it was given for: after a failure people are asked again. */
function answerAfter({ answer }: OpenTask, { outcome, error }: EventOf<'AttemptClosed'>): { answer?: HumanAnswer } {
  if (outcome === 'handoff' && error === undefined) return {};
  if (answer === undefined || (outcome === 'failed' && answer.outcome !== 'answered')) return {};
  return { answer };
}

const heldBy = (holder: string | undefined): { holder?: string } => (holder === undefined ? {} : { holder });
const handedOver = (handoffs: Handoffs | undefined): { handoffs?: Handoffs } =>
  handoffs === undefined ? {} : { handoffs };
const cachedAs = (cacheKey: string | undefined): { cacheKey?: string } => (cacheKey === undefined ? {} : { cacheKey });
const outputAs = (output: Json | undefined): { output?: Json } => (output === undefined ? {} : { output });
