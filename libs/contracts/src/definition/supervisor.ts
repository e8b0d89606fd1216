import { z } from 'zod';
import type { Json } from '../json.ts';
import { base, type BaseDef } from './base.ts';
import type { NodeDef } from './node.ts';
import { AskDef } from './task.ts';
import { Template } from './template.ts';

/** Somebody to delegate to: a capability, or a whole node (a team of its own), which sees `/assignment` and `/goal`. */
export interface Worker {
  name: string;
  description: string;
  ask?: AskDef | undefined;
  node?: NodeDef | undefined;
}

/**
 * Plans, delegates, reviews, replans and puts together. `plan` answers `{ assignments: [{ worker, instruction }] }`; `review`, where there is one,
 * `{ verdict: accept | revise | reassign, reason }`; `synthesize` gives the output, else it is the list of `{ worker, instruction, output }`. Workers see `/assignment`:
 * `{ id, worker, instruction, feedback, goal }`.
 */
export interface SupervisorDef extends BaseDef {
  kind: 'supervisor';
  goal?: Json | undefined;
  plan: AskDef;
  workers: Worker[];
  review?: AskDef | undefined;
  synthesize?: AskDef | undefined;
  /** Delegations in all, revisions included. */
  maxDelegations: number;
  maxReplans: number;
  maxRevisions: number;
  maxInFlight: number;
}

export const supervisorDef = (node: z.ZodType<NodeDef>) =>
  z.strictObject({
    ...base,
    kind: z.literal('supervisor'),
    goal: Template.optional(),
    plan: AskDef,
    workers: z
      .array(
        z
          .strictObject({
            name: z.string().min(1).max(128),
            description: z.string().max(2_000).default(''),
            ask: AskDef.optional(),
            node: node.optional(),
          })
          .refine((worker) => (worker.ask === undefined) !== (worker.node === undefined), 'give either ask or node'),
      )
      .min(1)
      .max(50),
    review: AskDef.optional(),
    synthesize: AskDef.optional(),
    maxDelegations: z.int().min(1).max(100).default(16),
    maxReplans: z.int().min(0).max(20).default(2),
    maxRevisions: z.int().min(0).max(20).default(2),
    maxInFlight: z.int().min(1).max(100).default(4),
  });
