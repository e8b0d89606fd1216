import { z } from 'zod';
import type { Json } from '../json.ts';
import { base, type BaseDef } from './base.ts';
import { MAX_NODES } from './limits.ts';
import type { NodeDef } from './node.ts';
import { Token } from '../tokens.ts';
import { AskDef } from './task.ts';
import { Expression, Template } from './template.ts';

/** When a concurrent node with failed branches still completes. */
export const FailurePolicy = z.union([z.enum(['all', 'bestEffort']), z.strictObject({ quorum: z.int().min(1) })]);
export type FailurePolicy = z.infer<typeof FailurePolicy>;

/** Fan-out: over a list of branches, or one node mapped over an array. Its output is the outputs of the completed branches, in branch order. */
export interface ConcurrentDef extends BaseDef {
  kind: 'concurrent';
  branches?: NodeDef[] | undefined;
  map?: { over: Json; node: NodeDef } | undefined;
  /** Branches that run at one time; the others wait. */
  maxInFlight: number;
  onFailure: FailurePolicy;
  merge: Merge;
  /** Completes before all branches have: after `count` results, or when `when` holds (it sees `outputs` and `last`). Open branches are cancelled. */
  enough?: { count?: number | undefined; when?: Expression | undefined } | undefined;
}

/**
 * How the outputs become one. `vote`: the value (at `on`) that most branches gave, as `{ value, votes, of }`; `confidence`: the output whose value has the highest
 * sum of confidences; `expert`: the first completed branch of `order`; `custom`: an expression over `outputs`; `synthesis`: one more task with `{ outputs }`.
 */
export const Merge = z.discriminatedUnion('by', [
  z.strictObject({ by: z.literal('list') }),
  z.strictObject({
    by: z.literal('vote'),
    on: z.string().max(1_000).default(''),
    onTie: z.enum(['first', 'fail']).default('first'),
  }),
  z.strictObject({
    by: z.literal('confidence'),
    on: z.string().max(1_000).default(''),
    confidence: z.string().max(1_000).default('/confidence'),
  }),
  z.strictObject({ by: z.literal('expert'), order: z.array(Token).min(1).max(100) }),
  z.strictObject({ by: z.literal('custom'), expression: Expression }),
  z.strictObject({ by: z.literal('synthesis'), ask: AskDef }),
]);
export type Merge = z.infer<typeof Merge>;

export const concurrentDef = (node: z.ZodType<NodeDef>) =>
  z
    .strictObject({
      ...base,
      kind: z.literal('concurrent'),
      branches: z.array(node).min(1).max(MAX_NODES).optional(),
      map: z.strictObject({ over: Template, node }).optional(),
      maxInFlight: z.int().min(1).max(MAX_NODES).default(MAX_NODES),
      onFailure: FailurePolicy.default('all'),
      merge: Merge.default({ by: 'list' }),
      enough: z.strictObject({ count: z.int().min(1).optional(), when: Expression.optional() }).optional(),
    })
    .refine((def) => (def.branches === undefined) !== (def.map === undefined), 'give either branches or map');
