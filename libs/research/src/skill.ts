import type { AgentContext, AnyTool, Capability } from '@parley/agent';
import type { z } from 'zod';

/** A capability with what performs it; any agent may hold it. */
export interface Skill<I extends z.ZodType, O extends z.ZodType> {
  readonly capability: Capability<I, O>;
  readonly tools: readonly AnyTool[];
  readonly perform: (input: z.output<I>, context: AgentContext) => Promise<O['_zod']['input']>;
}

/** Checks the types of a skill. */
export const defineSkill = <I extends z.ZodType, O extends z.ZodType>(skill: Skill<I, O>): Skill<I, O> => skill;
