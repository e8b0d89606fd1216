import { z } from 'zod';
import type { Json } from '../json.ts';
import { Token } from '../tokens.ts';
import { base, type BaseDef } from './base.ts';
import { Attempts, MAX_HOPS, PerformMs } from './task.ts';
import { Expression, Template } from './template.ts';

/** Who is asked. Left out, the input is the run's for the first, and `{ input, previous, handoff }` for those after. */
export interface HandoffTarget {
  capability: string;
  agents?: string[] | undefined;
  input?: Json | undefined;
}

/** After a result for which `when` holds, the task goes to `to`. */
export interface HandoffRule {
  /** Sees `result`, `from` (the capability that gave it) and `hop` (hand-offs so far) besides the scope. */
  when: string;
  to: HandoffTarget;
  reason: string;
}

/**
 * Hand-offs by rules, without a model: the first matching rule passes the work on, no matching rule ends it with the newest result. Those handed to see
 * the result before as `/previous` and why they were asked as `/handoff` (`from`, `reason`, `hop`).
 */
export interface HandoffDef extends BaseDef {
  kind: 'handoff';
  first: HandoffTarget;
  rules: HandoffRule[];
  /** Hand-offs in all, by rules and by the agents themselves. */
  maxHops: number;
  performMs: number;
  attempts: number;
}

const HandoffTarget = z.strictObject({
  capability: Token,
  agents: z.array(Token).min(1).max(64).optional(),
  input: Template.optional(),
});

export const HandoffDef = z.strictObject({
  ...base,
  kind: z.literal('handoff'),
  first: HandoffTarget,
  rules: z
    .array(z.strictObject({ when: Expression, to: HandoffTarget, reason: z.string().min(1).max(1_000) }))
    .min(1)
    .max(64),
  maxHops: z.int().min(1).max(MAX_HOPS).default(8),
  performMs: PerformMs,
  attempts: Attempts,
});
