import { defineAgent } from '@parley/agent';
import { performOnce, type PerformOnceOptions } from '@parley/agent/testing';
import type { z } from 'zod';
import type { Skill } from './skill.ts';

/** Performs one task of a skill without a bus, held by an agent that can do nothing else; for tests. */
export async function performSkill<I extends z.ZodType, O extends z.ZodType>(
  { capability, tools, perform }: Skill<I, O>,
  input: z.input<I>,
  options?: PerformOnceOptions,
): Promise<z.output<O>> {
  const holder = defineAgent({
    name: 'holder',
    version: '1.0.0',
    description: 'Holds one skill.',
    tools,
    capabilities: { job: capability },
    perform: { job: perform as never },
  });
  return (await performOnce(holder, 'job', input as never, options)) as z.output<O>;
}
