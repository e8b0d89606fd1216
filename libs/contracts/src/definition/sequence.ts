import { z } from 'zod';
import { base, type BaseDef } from './base.ts';
import { MAX_NODES } from './limits.ts';
import type { NodeDef } from './node.ts';
import { Expression } from './template.ts';

export interface SequenceDef extends BaseDef {
  kind: 'sequence';
  steps: NodeDef[];
  /** Looked at after every step, with its output as `previous`: when it holds, the sequence completes with that output. */
  stopWhen?: Expression | undefined;
}

export const sequenceDef = (node: z.ZodType<NodeDef>) =>
  z.strictObject({
    ...base,
    kind: z.literal('sequence'),
    steps: z.array(node).min(1).max(MAX_NODES),
    stopWhen: Expression.optional(),
  });
