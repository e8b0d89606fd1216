import { z } from 'zod';
import { Json } from '../json.ts';
import { Token } from '../tokens.ts';
import { base, type BaseDef } from './base.ts';
import type { NodeDef } from './node.ts';
import { Attempts, PerformMs } from './task.ts';
import { Expression, Template } from './template.ts';

/** A condition on a gate's candidate: a JSON Schema, an expression over `candidate`, or an agent that answers `{ verdict: VALID | INVALID, reason }`. */
export type GateCheck =
  | { schema: { [key: string]: Json } }
  | { expression: Expression; reason?: string | undefined }
  | { validator: { capability: string; input?: Json | undefined; performMs: number; attempts: number } };

/**
 * Runs its node until every check passes; a failed check's reason is the next round's `/feedback`. A validator sees the
 * candidate as `/candidate`.
 */
export interface GateDef extends BaseDef {
  kind: 'gate';
  node: NodeDef;
  checks: GateCheck[];
  rounds: number;
  /** Done instead when no candidate passes; sees the reason as `/feedback`. */
  otherwise?: NodeDef | undefined;
}

export const GateCheck = z.union([
  z.strictObject({ schema: z.record(z.string(), Json) }),
  z.strictObject({ expression: Expression, reason: z.string().max(1_000).optional() }),
  z.strictObject({
    validator: z.strictObject({
      capability: Token,
      input: Template.optional(),
      performMs: PerformMs,
      attempts: Attempts,
    }),
  }),
]);

export const gateDef = (node: z.ZodType<NodeDef>) =>
  z.strictObject({
    ...base,
    kind: z.literal('gate'),
    node,
    checks: z.array(GateCheck).min(1).max(8),
    rounds: z.int().min(1).max(20).default(3),
    otherwise: node.optional(),
  });
