import {
  type ApprovalDef,
  type AskDef,
  type CommandCheck,
  type Expression,
  type FailurePolicy,
  type GateCheck,
  type GroupChatDef,
  type HandoffDef,
  type Json,
  type Merge,
  type NodeDef,
  type TaskDef,
  type WaitDef,
} from '@parley/contracts';
import type { z } from 'zod';

/** A node as it is written: what has a default may be left out. Made by the functions of this file, one per kind. */
export interface BuiltNode {
  readonly kind: NodeDef['kind'];
  readonly id: string;
}

/** Who is asked, as it is written. */
type Ask = z.input<typeof AskDef>;

/** What every kind may have. */
interface Conditional {
  when?: Expression;
}

const node = (kind: NodeDef['kind'], id: string, members: object): BuiltNode => ({ kind, id, ...members });

/** A value of the scope, in the place of data: `{ "$from": "/steps/plan/parts" }`. */
export const from = (pointer: string): Json => ({ $from: pointer });

/** Work for one agent. */
export const task = (id: string, options: Omit<z.input<typeof TaskDef>, 'kind' | 'id'>): BuiltNode =>
  node('task', id, options);

/** One after the other. */
export const sequence = (
  id: string,
  steps: readonly BuiltNode[],
  options: Conditional & { stopWhen?: Expression } = {},
): BuiltNode => node('sequence', id, { steps, ...options });

export interface ConcurrentOptions extends Conditional {
  maxInFlight?: number;
  onFailure?: FailurePolicy;
  merge?: z.input<typeof Merge>;
  enough?: { count?: number; when?: Expression };
}

/** Side by side. */
export const concurrent = (id: string, branches: readonly BuiltNode[], options: ConcurrentOptions = {}): BuiltNode =>
  node('concurrent', id, { branches, ...options });

/** The same node for every entry of a list. */
export const map = (id: string, over: Json, each: BuiltNode, options: ConcurrentOptions = {}): BuiltNode =>
  node('concurrent', id, { map: { over, node: each }, ...options });

/** A node that is repeated until its output passes every check. */
export const gate = (
  id: string,
  checked: BuiltNode,
  checks: readonly z.input<typeof GateCheck>[],
  options: Conditional & { rounds?: number; otherwise?: BuiltNode } = {},
): BuiltNode => node('gate', id, { node: checked, checks, ...options });

/** Waits for people to decide on one exact action. */
export const approval = (id: string, options: Omit<z.input<typeof ApprovalDef>, 'kind' | 'id'>): BuiltNode =>
  node('approval', id, options);

/** Waits for a time, a moment or an event from outside. */
export const wait = (id: string, options: Omit<z.input<typeof WaitDef>, 'kind' | 'id'>): BuiltNode =>
  node('wait', id, options);

/** Passed on by rules, from one to the next. */
export const handoff = (id: string, options: Omit<z.input<typeof HandoffDef>, 'kind' | 'id'>): BuiltNode =>
  node('handoff', id, options);

/** The first case that holds (kind `switch`). */
export const choice = (
  id: string,
  cases: readonly { when?: Expression; label?: string; node: BuiltNode }[],
  options: Conditional & { classify?: Ask; otherwise?: BuiltNode } = {},
): BuiltNode => node('switch', id, { cases, ...options });

/** Again and again, at most `max` times. */
export const loop = (
  id: string,
  repeated: BuiltNode,
  options: Conditional & { max: number; until?: Expression; while?: Expression; onMax?: 'fail' | 'complete' },
): BuiltNode => node('loop', id, { node: repeated, ...options });

/** One way after the other, until one works. */
export const fallback = (
  id: string,
  nodes: readonly BuiltNode[],
  options: Conditional & { on?: readonly string[] } = {},
): BuiltNode => node('fallback', id, { nodes, ...options });

/** The best level that can be had. */
export const degrade = (
  id: string,
  levels: readonly { name: string; when?: Expression; node: BuiltNode }[],
  options: Conditional = {},
): BuiltNode => node('degrade', id, { levels, ...options });

export interface BuiltState {
  node?: BuiltNode;
  on?: readonly { to: string; when?: Expression; max?: number; gate?: readonly z.input<typeof GateCheck>[] }[];
  final?: 'completed' | 'failed';
  onFailure?: string;
}

/** Named states with guarded, bounded transitions. */
export const stateMachine = (
  id: string,
  options: Conditional & { initial: string; states: Readonly<Record<string, BuiltState>>; maxTransitions?: number },
): BuiltNode => node('stateMachine', id, options);

/** Somebody to delegate to: who is asked, or a team of its own. */
export type BuiltWorker = { name: string; description?: string } & ({ ask: Ask } | { node: BuiltNode });

export interface SupervisorOptions extends Conditional {
  goal?: Json;
  plan: Ask;
  review?: Ask;
  synthesize?: Ask;
  maxDelegations?: number;
  maxReplans?: number;
  maxRevisions?: number;
  maxInFlight?: number;
}

/** Planned, delegated, reviewed and put together. */
export const supervisor = (id: string, workers: readonly BuiltWorker[], options: SupervisorOptions): BuiltNode =>
  node('supervisor', id, { workers, ...options });

/** A talk. */
export const groupChat = (id: string, options: Omit<z.input<typeof GroupChatDef>, 'kind' | 'id'>): BuiltNode =>
  node('groupChat', id, options);

export interface FeatureListOptions extends Conditional {
  /** Yields `[{ id, title?, description?, … }]`. */
  features: Json;
  work: BuiltNode;
  evidence: { command?: z.input<typeof CommandCheck>; node?: BuiltNode };
  attempts?: number;
  onExhausted?: 'stop' | 'skip';
  maxFeatures?: number;
}

/** Features one after the other, each done only with evidence. */
export const featureList = (id: string, options: FeatureListOptions): BuiltNode => node('featureList', id, options);

/** Another registered workflow, as a part of this one. */
export const subworkflow = (
  id: string,
  workflow: string,
  options: Conditional & { version?: number; input?: Json } = {},
): BuiltNode => node('subworkflow', id, { workflow, ...options });
