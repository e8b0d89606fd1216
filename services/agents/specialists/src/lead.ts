import { type AgentContext, defineAgent } from '@parley/agent';
import { z } from 'zod';
import { Given, material, prompt, Reply, replyTo, textOf } from './reply.ts';

const Assignment = z.object({ worker: z.string(), instruction: z.string() });
const Worker = z.looseObject({ name: z.string(), description: z.string().default('') });
const Plan = z.object({ assignments: z.array(Assignment) });
const Verdict = z.object({ verdict: z.enum(['accept', 'revise']), reason: z.string() });
const Check = z.object({ verdict: z.enum(['VALID', 'INVALID']), reason: z.string() });

const MAX_ASSIGNMENTS = 12;

const PLAN = prompt('plan_work');
const REVIEW = prompt('review_work');
const JUDGE = prompt('judge');
const SYNTHESIZE = prompt('synthesize');

/**
 * Leads a team: plans who does what, reviews what comes back, puts the results together. A plan that names nobody, or nobody of the team,
 * becomes the plain one: everybody works on the goal.
 */
export const lead = defineAgent({
  name: 'lead',
  version: '1.0.0',
  description: 'Plans the work of a team, reviews it and puts it together.',
  capabilities: {
    plan_work: {
      description: 'Who of the workers does what to reach a goal.',
      input: Given.extend({ workers: z.array(Worker).min(1) }),
      output: Plan,
    },
    review_work: { description: 'Whether a result is good enough.', input: Given, output: Verdict },
    judge: { description: 'Whether a candidate reaches its goal.', input: Given, output: Check },
    synthesize: { description: 'One text from several results.', input: Given, output: Reply },
  },
  perform: {
    async plan_work(given, { chat, log }) {
      const { workers } = given;
      const goal = textOf(given, 'goal', 'task', 'question') ?? material(given['goal'] ?? '');
      const user = JSON.stringify({ ...given, question: goal });
      const { output } = await chat('plan', { system: PLAN, user, output: Plan, maxTokens: 2_048 });
      const names = new Set(workers.map(({ name }) => name));
      const known = output.assignments
        .filter(({ worker, instruction }) => names.has(worker) && instruction.trim() !== '')
        .slice(0, MAX_ASSIGNMENTS);
      if (known.length > 0) return { assignments: known };
      log.info({ event: 'plan.plain', reason: 'the model named nobody of the team' });
      return {
        assignments: workers.slice(0, MAX_ASSIGNMENTS).map(({ name, description }) => ({
          worker: name,
          instruction: [goal, description].filter(Boolean).join('\n'),
        })),
      };
    },
    review_work: (given, context) => verdict('review', REVIEW, Verdict, given, context),
    judge: (given, context) => verdict('judge', JUDGE, Check, given, context),
    synthesize: (given, context) =>
      replyTo('synthesize', given, context, {
        system: SYNTHESIZE,
        question: textOf(given, 'goal', 'topic', 'task') ?? 'What do the results say together?',
      }),
  },
});

async function verdict<S extends z.ZodType>(
  name: string,
  system: string,
  output: S,
  given: Given,
  { chat }: Pick<AgentContext, 'chat'>,
): Promise<z.output<S>> {
  const question = textOf(given, 'instruction', 'goal', 'task') ?? 'Is the result good enough?';
  const answer = await chat(name, { system, user: `${material(given)}\n\nQuestion: ${question}`, output });
  return answer.output;
}
