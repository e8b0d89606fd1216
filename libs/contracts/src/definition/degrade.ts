import { z } from 'zod';
import { base, type BaseDef } from './base.ts';
import type { NodeDef } from './node.ts';
import { Expression } from './template.ts';

export interface DegradeLevel {
  name: string;
  /** The level is passed over unless this holds. */
  when?: Expression | undefined;
  node: NodeDef;
}

/**
 * Does the work at the best level that can be had: optimal → reduced → single agent. A level that fails leads to the next. The output is
 * `{ level, degraded, output }`; nodes see `/level` (its name) and, after the first, `/error`.
 */
export interface DegradeDef extends BaseDef {
  kind: 'degrade';
  levels: DegradeLevel[];
}

export const degradeDef = (node: z.ZodType<NodeDef>) =>
  z.strictObject({
    ...base,
    kind: z.literal('degrade'),
    levels: z
      .array(z.strictObject({ name: z.string().min(1).max(64), when: Expression.optional(), node }))
      .min(1)
      .max(10),
  });
