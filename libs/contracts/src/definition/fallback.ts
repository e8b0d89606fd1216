import { z } from 'zod';
import { base, type BaseDef } from './base.ts';
import type { NodeDef } from './node.ts';

/**
 * Tries its nodes in order until one completes: another agent, another model, another way. `on` names the failure codes that lead on, all when left out. Nodes
 * after the first see `/error`: `{ code, message }` of the one before.
 */
export interface FallbackDef extends BaseDef {
  kind: 'fallback';
  nodes: NodeDef[];
  on?: string[] | undefined;
}

export const fallbackDef = (node: z.ZodType<NodeDef>) =>
  z.strictObject({
    ...base,
    kind: z.literal('fallback'),
    nodes: z.array(node).min(1).max(20),
    on: z.array(z.string().min(1).max(64)).min(1).max(64).optional(),
  });
