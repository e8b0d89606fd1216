import { readFileSync } from 'node:fs';
import { defineAgent } from '@parley/agent';
import { bidAs } from '@parley/research';
import { z } from 'zod';

const SYSTEM = readFileSync(new URL('prompts/plan.md', import.meta.url), 'utf8');
const MAX_PARTS = 5;

const Plan = z.object({ subQuestions: z.array(z.string()).min(1).max(MAX_PARTS) });

/** Breaks a question into sub-questions that can be researched side by side. */
export const planner = defineAgent({
  name: 'planner',
  version: '1.0.0',
  description: 'Breaks a question into sub-questions that can be researched side by side.',
  capabilities: {
    plan: {
      description: 'Plans the research of one question.',
      input: z.object({ question: z.string().trim().min(1) }),
      output: Plan,
    },
  },
  bid: bidAs('plan'),
  perform: {
    async plan({ question }, { chat }) {
      const user = JSON.stringify({ question });
      const { output } = await chat('plan', { system: SYSTEM, user, output: Plan, maxTokens: 2_048 });
      const parts = new Set(output.subQuestions.map((part) => part.trim()).filter((part) => part !== ''));
      return { subQuestions: parts.size === 0 ? [question] : [...parts] };
    },
  },
});
