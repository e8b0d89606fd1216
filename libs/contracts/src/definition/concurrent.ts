import { z } from 'zod';
import type { Json } from '../json.ts';
import { base, type BaseDef } from './base.ts';
import { MAX_NODES } from './limits.ts';
import type { NodeDef } from './node.ts';
import { Template } from './template.ts';

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
}

export const concurrentDef = (node: z.ZodType<NodeDef>) =>
  z
    .strictObject({
      ...base,
      kind: z.literal('concurrent'),
      branches: z.array(node).min(1).max(MAX_NODES).optional(),
      map: z.strictObject({ over: Template, node }).optional(),
      maxInFlight: z.int().min(1).max(MAX_NODES).default(MAX_NODES),
      onFailure: FailurePolicy.default('all'),
    })
    .refine((def) => (def.branches === undefined) !== (def.map === undefined), 'give either branches or map');
