import { defineAgent, propose } from '@parley/agent';
import { z } from 'zod';
import { Given, prompt, Reply, replyTo, textOf } from './reply.ts';

export const CATEGORIES = ['billing', 'technical', 'escalation'] as const;

const Triage = z.object({ category: z.enum(CATEGORIES), reason: z.string(), confidence: z.number().min(0).max(1) });
const TRIAGE = prompt('triage');

/** Words that settle the matter without a model. */
const CLUES: Record<(typeof CATEGORIES)[number], RegExp> = {
  escalation: /\b(lawyer|legal|complaint|cancel my contract|press|outage for days|unacceptable)\b/i,
  billing: /\b(invoice|charged|refund|payment|bill|billing|price|subscription|credit card)\b/i,
  technical: /\b(error|crash|bug|broken|slow|timeout|login|log in|install|update|export|api|password)\b/i,
};

/** Says who should deal with a request: by clear words at once, else by asking a model. */
export const triage = defineAgent({
  name: 'triage',
  version: '1.0.0',
  description: 'Says which desk a support request belongs to.',
  capabilities: {
    triage: { description: 'The desk that a support request belongs to.', input: Given, output: Triage },
  },
  perform: {
    async triage(given, { chat }) {
      const message = textOf(given, 'message', 'request', 'question') ?? JSON.stringify(given);
      const clear = CATEGORIES.filter((category) => CLUES[category].test(message));
      const only = clear.includes('escalation') ? 'escalation' : clear.length === 1 ? clear[0] : undefined;
      if (only !== undefined) {
        return {
          category: only,
          reason: `the request speaks of ${CLUES[only].exec(message)?.[0] ?? only}`,
          confidence: 0.9,
        };
      }
      const { output } = await chat('triage', { system: TRIAGE, user: JSON.stringify({ message }), output: Triage });
      return output;
    },
  },
});

const Resolution = Reply.extend({ desk: z.string(), resolved: z.boolean() });

/** Below this a desk does not claim to have solved anything. */
const RESOLVED_FROM = 0.3;

/** One desk of the support team: answers from what the request and the knowledge given with it say. */
const desk = (name: (typeof CATEGORIES)[number], description: string) => {
  const capability = `resolve_${name}`;
  const system = prompt('desk');
  return defineAgent({
    name,
    version: '1.0.0',
    description,
    capabilities: { [capability]: { description, input: Given, output: Resolution } },
    bid: (task) => propose({ cost: task.inputBytes, etaMs: 3_000, confidence: 0.85 }),
    perform: {
      async [capability](given: Given, context) {
        const question = textOf(given, 'message', 'request', 'question') ?? 'What does the customer need?';
        const reply = await replyTo(capability, given, context, { system, question });
        // The last desk keeps the case open for a person; it never sends it on.
        return { ...reply, desk: name, resolved: name === 'escalation' || reply.confidence >= RESOLVED_FROM };
      },
    },
  });
};

export const billing = desk('billing', 'Answers questions about invoices, prices and refunds.');
export const technical = desk('technical', 'Answers questions about errors, access and use.');
export const escalation = desk('escalation', 'Takes what the other desks cannot solve, and prepares it for a person.');
