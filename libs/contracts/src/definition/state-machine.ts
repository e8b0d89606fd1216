import { z } from 'zod';
import { Token } from '../tokens.ts';
import { base, type BaseDef } from './base.ts';
import { type GateCheck, GateChecks } from './check.ts';
import type { NodeDef } from './node.ts';
import { Expression } from './template.ts';

/** An edge. `max`: how often it may be taken. `gate`: checks that the output must pass before; else the edge is blocked, and the reason is `/feedback`. */
export interface Transition {
  to: string;
  when?: Expression | undefined;
  max?: number | undefined;
  gate?: GateCheck[] | undefined;
}

export interface MachineState {
  node?: NodeDef | undefined;
  on: Transition[];
  final?: 'completed' | 'failed' | undefined;
  /** State to go to when the node fails; without it the machine fails. */
  onFailure?: string | undefined;
}

/** Transitions of a machine that names no limit. */
export const DEFAULT_TRANSITIONS = 50;

/**
 * Named states with guarded, bounded transitions. After the node of a state, the first edge is taken whose `when` holds (it sees `output`, `state`, `visits`, `feedback` and `error`), whose
 * `max` is not used up and whose gate passes. Nodes see `/state`, `/last` (the newest output), `/visits` (of this state, from 1) and `/feedback` (why the last
 * gate refused, or the error that led here; else null). The output is the newest one. A circle needs an edge with a `max`, or `maxTransitions`.
 */
export interface StateMachineDef extends BaseDef {
  kind: 'stateMachine';
  initial: string;
  states: { [name: string]: MachineState };
  maxTransitions?: number | undefined;
}

export const stateMachineDef = (node: z.ZodType<NodeDef>) =>
  z.strictObject({
    ...base,
    kind: z.literal('stateMachine'),
    initial: Token,
    states: z.record(
      Token,
      z.strictObject({
        node: node.optional(),
        on: z
          .array(
            z.strictObject({
              to: Token,
              when: Expression.optional(),
              max: z.int().min(1).max(1_000).optional(),
              gate: GateChecks.optional(),
            }),
          )
          .max(50)
          .default([]),
        final: z.enum(['completed', 'failed']).optional(),
        onFailure: Token.optional(),
      }),
    ),
    /** Left out, 50. */
    maxTransitions: z.int().min(1).max(1_000).optional(),
  });
