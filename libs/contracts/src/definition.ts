import { z } from 'zod';
import { Json } from './json.ts';
import { Token } from './tokens.ts';

/**
 * Data for a step: JSON in which `{ "$from": "/pointer" }` stands for a value of the scope (JSON Pointer, RFC 6901).
 * The scope of a node has `/input` (of the run), `/previous` (output of the step before), `/steps/{id}` (outputs of earlier steps of
 * the enclosing nodes), `/item` and `/index` inside a map, `/candidate` inside a gate's validator and `/feedback` inside a gate's retry.
 */
export const Template = Json;

/** How an award is chosen among proposals. */
export const Criteria = z.union([
  z.enum(['balanced', 'cost', 'quality', 'time']),
  z.strictObject({
    cost: z.number().min(0).max(1).default(0),
    quality: z.number().min(0).max(1).default(0),
    time: z.number().min(0).max(1).default(0),
  }),
]);
export type Criteria = z.infer<typeof Criteria>;

const node = { id: Token };

/** A leaf: work for one agent. */
export const TaskDef = z.strictObject({
  ...node,
  kind: z.literal('task'),
  capability: Token,
  input: Template.optional(),
  criteria: Criteria.default('balanced'),
  /** Longest time one delivery of the work may take, in milliseconds. */
  performMs: z.int().min(100).max(86_400_000).default(120_000),
  /** Attempts that may end in failure or expiry before the task fails. */
  attempts: z.int().min(1).max(20).default(3),
});
export type TaskDef = z.infer<typeof TaskDef>;

/** When a concurrent node with failed branches still completes. */
export const FailurePolicy = z.union([z.enum(['all', 'bestEffort']), z.strictObject({ quorum: z.int().min(1) })]);
export type FailurePolicy = z.infer<typeof FailurePolicy>;

export interface SequenceDef {
  kind: 'sequence';
  id: string;
  steps: NodeDef[];
}

/** Fan-out: over a list of branches, or one node mapped over an array. Its output is the outputs of the completed branches, in branch order. */
export interface ConcurrentDef {
  kind: 'concurrent';
  id: string;
  branches?: NodeDef[] | undefined;
  map?: { over: Json; node: NodeDef } | undefined;
  /** Branches that run at one time; the others wait. */
  maxInFlight: number;
  onFailure: FailurePolicy;
}

/** A condition on a gate's candidate: a JSON Schema, or an agent that answers `{ verdict: VALID | INVALID, reason }`. */
export type GateCheck =
  | { schema: { [key: string]: Json } }
  | { validator: { capability: string; input?: Json | undefined; performMs: number; attempts: number } };

/** Runs its node until every check passes; a failed check's reason is the next round's `/feedback`. */
export interface GateDef {
  kind: 'gate';
  id: string;
  node: NodeDef;
  checks: GateCheck[];
  rounds: number;
}

export type NodeDef = TaskDef | SequenceDef | ConcurrentDef | GateDef;

export const NodeDef: z.ZodType<NodeDef> = z.lazy(() =>
  z.discriminatedUnion('kind', [TaskDef, SequenceDef, ConcurrentDef, GateDef]),
);

/** Largest number of children of one node and of nodes in a definition. */
export const MAX_NODES = 10_000;

const SequenceDef = z.strictObject({
  ...node,
  kind: z.literal('sequence'),
  steps: z.array(NodeDef).min(1).max(MAX_NODES),
});

const ConcurrentDef = z
  .strictObject({
    ...node,
    kind: z.literal('concurrent'),
    branches: z.array(NodeDef).min(1).max(MAX_NODES).optional(),
    map: z.strictObject({ over: Template, node: NodeDef }).optional(),
    maxInFlight: z.int().min(1).max(MAX_NODES).default(MAX_NODES),
    onFailure: FailurePolicy.default('all'),
  })
  .refine((def) => (def.branches === undefined) !== (def.map === undefined), 'give either branches or map');

const GateDef = z.strictObject({
  ...node,
  kind: z.literal('gate'),
  node: NodeDef,
  checks: z
    .array(
      z.union([
        z.strictObject({ schema: z.record(z.string(), Json) }),
        z.strictObject({
          validator: z.strictObject({
            capability: Token,
            input: Template.optional(),
            performMs: TaskDef.shape.performMs,
            attempts: TaskDef.shape.attempts,
          }),
        }),
      ]),
    )
    .min(1)
    .max(8),
  rounds: z.int().min(1).max(20).default(3),
});

/** Upper bounds of what a run may use; absent means unlimited. Tokens count input and output; money in micro-USD (10⁻⁶ USD). */
export const Limits = z.strictObject({
  tokens: z.int().positive().optional(),
  microUsd: z.int().positive().optional(),
});
export type Limits = z.infer<typeof Limits>;

/** A workflow: a named tree of nodes. Pinned by the digest of its canonical JSON. */
export const WorkflowDefinition = z.strictObject({
  v: z.literal(1).default(1),
  name: Token,
  description: z.string().max(2_000).optional(),
  root: NodeDef,
  limits: Limits.optional(),
  /** JSON Schema of the run's input. */
  inputSchema: z.record(z.string(), Json).optional(),
});
export type WorkflowDefinition = z.infer<typeof WorkflowDefinition>;
