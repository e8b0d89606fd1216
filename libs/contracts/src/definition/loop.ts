import { z } from 'zod';
import { base, type BaseDef } from './base.ts';
import type { NodeDef } from './node.ts';
import { Expression } from './template.ts';

/**
 * Runs its node again and again until `until` holds or `while` does not (both see `last` and `iteration`), at most `max` times. The node sees `/iteration`,
 * from 1, and `/last`, the output of the round before (null in the first).
 */
export interface LoopDef extends BaseDef {
  kind: 'loop';
  node: NodeDef;
  until?: Expression | undefined;
  while?: Expression | undefined;
  max: number;
  onMax: 'fail' | 'complete';
}

export const loopDef = (node: z.ZodType<NodeDef>) =>
  z.strictObject({
    ...base,
    kind: z.literal('loop'),
    node,
    until: Expression.optional(),
    while: Expression.optional(),
    max: z.int().min(1).max(1_000),
    onMax: z.enum(['fail', 'complete']).default('fail'),
  });
