import { z } from 'zod';
import { base, type BaseDef } from './base.ts';
import { type GateCheck, GateChecks } from './check.ts';
import type { NodeDef } from './node.ts';

/**
 * Runs its node until every check passes; a failed check's reason is the next round's `/feedback`. Those who check see the candidate as `/candidate`.
 */
export interface GateDef extends BaseDef {
  kind: 'gate';
  node: NodeDef;
  checks: GateCheck[];
  rounds: number;
  /** Done instead when no candidate passes; sees the reason as `/feedback` and the last candidate as `/candidate`. An approval here hands the case to people. */
  otherwise?: NodeDef | undefined;
}

export const gateDef = (node: z.ZodType<NodeDef>) =>
  z.strictObject({
    ...base,
    kind: z.literal('gate'),
    node,
    checks: GateChecks,
    rounds: z.int().min(1).max(20).default(3),
    otherwise: node.optional(),
  });
