import type { Cache } from './cache.ts';
import type { Children } from './children.ts';
import type {
  Failure,
  HandoffContext,
  HumanAnswer,
  HumanRequest,
  Json,
  Limits,
  RunEvent,
  RunSettled,
  UsageTotals,
} from '@parley/contracts';
import type { Ballot } from './ballot.ts';

export type EventOf<T extends RunEvent['type']> = Extract<RunEvent, { type: T }>;
export type SettledStatus = EventOf<'NodeSettled'>['status'];
export type AttemptOutcome = EventOf<'AttemptClosed'>['outcome'];

/** What every task keeps: who closed attempt 1, 2, 3 … (null when nobody's report did) and how many of them count against its attempts. */
interface TaskRecord {
  kind: 'task';
  closedBy: readonly (string | null)[];
  spent: number;
  /** What its agents have asked of people, oldest first; the newest may be open. */
  questions?: readonly Question[];
}

/** What an attempt asked of people, and how that stands. */
export interface Question {
  attempt: number;
  request: HumanRequest;
  ballot: Ballot;
}

/** The work as one holder has it: what hand-offs changed of its definition, and what they tell. */
export interface Leg extends HandoffContext {
  capability?: string;
  input?: Json;
}

/** A holder that handed the task over in `attempt`, and how it would go on. */
export interface Giver {
  agent: string;
  attempt: number;
  journal: string;
  leg: Leg;
}

/** What is kept of a task's hand-offs; absent before the first. It survives every attempt, and has the same size after the first hop and the last. */
export interface Handoffs {
  /** Offers made in all. */
  hops: number;
  /** The newest holders, oldest first, at most eight. */
  recent: readonly string[];
  /** Requests that the rules refused since the last one that they did not. */
  strikes: number;
  /** Of the current attempt, or the next. */
  leg: Leg;
  /** Nobody is known to have taken the task from the giver yet. */
  offer?: { giver: Giver; isLent: boolean; to?: string };
  /** Holders that wait for the result, innermost last. */
  lenders: readonly Giver[];
}

interface UnsettledRecord extends TaskRecord {
  handoffs?: Handoffs;
  /** Its output may be taken again under this key. */
  cacheKey?: string;
  /** What people said to the newest request, for the attempts that go on with it. */
  answer?: HumanAnswer;
}

/** The journal that the next or current attempt writes, and the agent that wrote it last, where known. */
export interface Journaled {
  journal: string;
  continues: boolean;
  holder?: string;
}

/** An attempt is open; its number is `closedBy.length + 1`. */
export interface OpenTask extends UnsettledRecord, Journaled {
  status: 'open';
  epoch: number;
  deadlineAt: number;
}

/** The last attempt is closed. Inside one decision what follows comes next; it stays when nothing may be scheduled (parked while halted). */
export interface ClosedTask extends UnsettledRecord, Journaled {
  status: 'closed';
  outcome: AttemptOutcome;
  output?: Json;
  /** The result is not the task's: the holder that lent it goes on with it. */
  goesBack?: true;
}

/** The next attempt is not scheduled before `dueAt`; with an open question at `dueAt` that is over. */
export interface WaitingTask extends UnsettledRecord, Journaled {
  status: 'waiting';
  dueAt: number;
}

export interface SettledTask extends TaskRecord {
  status: SettledStatus;
  output?: Json;
  /** A node of any kind whose condition did not hold. */
  skipped?: true;
  /** Its output is that of the same work before. */
  cached?: true;
  /** Hand-offs, where there were any. */
  hops?: number;
}

/** How the children of a node stand. Children start in index order, so `started` is the index of the next one. */
export interface ChildCounts {
  started: number;
  completed: number;
  failed: number;
  cancelled: number;
}

export interface ActiveNode {
  kind: string;
  status: 'active';
  /** The pattern's own state. */
  state: Json;
  /** What the pattern has planned for its children, in order. */
  planned: readonly Json[];
  /** When the node itself is due. */
  dueAt?: number;
  counts: ChildCounts;
  children: Children;
}

/** Its children are kept without their outputs: nothing can refer to them any more. */
export interface SettledNode {
  kind: string;
  status: SettledStatus;
  state: Json;
  planned: readonly Json[];
  counts: ChildCounts;
  children: Children;
  output?: Json;
}

export type TaskNode = OpenTask | ClosedTask | WaitingTask | SettledTask;
export type Node = TaskNode | ActiveNode | SettledNode;

interface Identity {
  run: string;
  workflow: string;
  digest: string;
  input: Json;
  limits: Limits;
  announced?: { task: string };
  by?: string;
}

interface Progress {
  /** Newest control epoch applied. */
  epoch: number;
  /** Epoch of the newest halt: work of an older epoch is refused. */
  fence: number;
  root?: Node;
  usage: UsageTotals;
  /** Settled tasks. */
  steps: number;
  /** Late reports that are on record, `task#attempt#agent`. */
  late: readonly string[];
  /** Outputs that may be taken again, by key, oldest first; absent while there are none. */
  cache?: Cache;
  /** The newest votes (by signal) and events (by their sender's id) on record, at most `MAX_HEARD`. */
  heard?: readonly string[];
  /** How many of those on record changed nothing. */
  refused?: number;
  /** Events that nothing has waited for yet, oldest first. */
  inbox?: readonly { id: string; name: string; payload: Json }[];
  /** Something in this run was asked of people. */
  asksPeople?: true;
}

/** Signals of people and of the world that are known when they come again. */
export const MAX_HEARD = 512;

export interface NewRun {
  status: 'new';
  run: string;
}

export interface ActiveRun extends Identity, Progress {
  status: 'running' | 'halted' | 'paused';
  /** Time of the armed wake-up; absent while halted or paused. */
  armed?: number;
}

export interface SettledRun extends Identity, Progress {
  status: SettledStatus;
  settled: RunSettled;
}

/** A run, folded from its log. JSON. */
export type RunState = NewRun | ActiveRun | SettledRun;

export const isActiveRun = (state: RunState): state is ActiveRun =>
  state.status === 'running' || state.status === 'halted' || state.status === 'paused';

export const isTask = (node: Node): node is TaskNode => node.kind === 'task';

export const isSettled = (node: Node): node is SettledTask | SettledNode =>
  node.status === 'completed' || node.status === 'failed' || node.status === 'cancelled';

export const outputOf = (node: Node | undefined): Json | undefined =>
  node !== undefined && isSettled(node) ? node.output : undefined;

/** Hand-offs of a task so far; of any other node none. */
export function hopsOf(node: Node | undefined): number {
  if (node === undefined) return 0;
  if ('handoffs' in node) return node.handoffs?.hops ?? 0;
  return 'hops' in node ? (node.hops ?? 0) : 0;
}

/** What a node or run ended with. */
export interface Outcome {
  status: SettledStatus;
  output?: Json;
  error?: Failure;
  skipped?: true;
  cached?: true;
}
