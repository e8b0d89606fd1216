import {
  type ApprovalDef,
  type AskDef,
  canonicalJson,
  type ConcurrentDef,
  digestOf,
  type GateCheck,
  type GroupChatDef,
  type HandoffDef,
  type Json,
  type MachineState,
  type NodeDef,
  readDefinition,
  type SequenceDef,
  type SupervisorDef,
  type TaskDef,
  type WorkflowDefinition,
} from '@parley/contracts';
import { compilePlan, DefinitionError } from '@parley/core';
import type { z } from 'zod';

/** A node as it is written: what has a default may be left out. Made by the functions of this file, one per kind. */
export interface BuiltNode {
  readonly kind: NodeDef['kind'];
  readonly id: string;
}

/** What is left of a kind's definition when its own members are given apart: all of it has a default or may be left out. */
type Options<Def extends NodeDef, Given extends keyof Def = never> = Partial<Omit<Def, 'kind' | 'id' | Given>>;

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
  options: Options<SequenceDef, 'steps'> = {},
): BuiltNode => node('sequence', id, { steps, ...options });

/** Side by side. */
export const concurrent = (
  id: string,
  branches: readonly BuiltNode[],
  options: Options<ConcurrentDef, 'branches' | 'map'> = {},
): BuiltNode => node('concurrent', id, { branches, ...options });

/** The same node for every entry of a list. */
export const map = (
  id: string,
  over: Json,
  each: BuiltNode,
  options: Options<ConcurrentDef, 'branches' | 'map'> = {},
): BuiltNode => node('concurrent', id, { map: { over, node: each }, ...options });

/** A node that is repeated until its output passes every check. */
export const gate = (
  id: string,
  checked: BuiltNode,
  checks: readonly z.input<typeof GateCheck>[],
  options: { rounds?: number; when?: string } = {},
): BuiltNode => node('gate', id, { node: checked, checks, ...options });

/** The first case that holds; with `classify` an agent names one by its label. */
export const switchCase = (
  id: string,
  cases: readonly { when?: string; label?: string; node: BuiltNode }[],
  options: { classify?: Ask; otherwise?: BuiltNode; when?: string } = {},
): BuiltNode => node('switch', id, { cases, ...options });

/** The same node again and again, at most `max` times. */
export const loop = (
  id: string,
  repeated: BuiltNode,
  options: { max: number; until?: string; while?: string; onMax?: 'fail' | 'complete'; when?: string },
): BuiltNode => node('loop', id, { node: repeated, ...options });

/** One node after the other until one completes. */
export const fallback = (
  id: string,
  nodes: readonly BuiltNode[],
  options: { on?: string[]; when?: string } = {},
): BuiltNode => node('fallback', id, { nodes, ...options });

/** The best level that can be had. */
export const degrade = (id: string, levels: readonly { name: string; when?: string; node: BuiltNode }[]): BuiltNode =>
  node('degrade', id, { levels });

/** Named states with guarded, bounded transitions. */
export const stateMachine = (
  id: string,
  machine: {
    initial: string;
    states: Record<string, Omit<Partial<MachineState>, 'node'> & { node?: BuiltNode }>;
    maxTransitions?: number;
  },
): BuiltNode => node('stateMachine', id, machine);

/** A lead that plans, delegates, reviews and puts together. */
export const supervisor = (
  id: string,
  options: {
    plan: Ask;
    workers: readonly { name: string; description?: string; ask?: Ask; node?: BuiltNode }[];
    review?: Ask;
    synthesize?: Ask;
    goal?: Json;
  } & Options<SupervisorDef, 'plan' | 'workers' | 'review' | 'synthesize' | 'goal'>,
): BuiltNode => node('supervisor', id, options);

/** Participants that speak one after the other. */
export const groupChat = (id: string, options: Omit<z.input<typeof GroupChatDef>, 'kind' | 'id'>): BuiltNode =>
  node('groupChat', id, options);

/** Passes work on by rules. */
export const handoff = (id: string, options: Omit<z.input<typeof HandoffDef>, 'kind' | 'id'>): BuiltNode =>
  node('handoff', id, options);

/** Waits for people to decide on one exact action. */
export const approval = (id: string, options: Omit<z.input<typeof ApprovalDef>, 'kind' | 'id'>): BuiltNode =>
  node('approval', id, options);

type Ask = z.input<typeof AskDef>;

export type WorkflowOptions = Partial<Omit<WorkflowDefinition, 'v' | 'name' | 'root'>>;

/** A checked definition: the same as that of a file which says the same. Throws `DefinitionError` with everything that is wrong. */
export function workflow(name: string, root: BuiltNode, options: WorkflowOptions = {}): WorkflowDefinition {
  const read = readDefinition({ name, root, ...options });
  if ('problems' in read) throw new DefinitionError(read.problems);
  compilePlan(read.definition, definitionDigest(read.definition));
  return read.definition;
}

/** What pins a definition: SHA-256 of its canonical JSON. */
export const definitionDigest = (definition: WorkflowDefinition): string => digestOf(canonicalJson(definition));
