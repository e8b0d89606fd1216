import { z } from 'zod';
import { defineMessage } from '../define-message.ts';
import { UsageTotals } from '../events.ts';
import { Json } from '../json.ts';
import { Token } from '../tokens.ts';

/** One exchange of an agent with the world, written before the next begins. */
export const JournalEntry = defineMessage({
  type: 'journal',
  subject: 'parley.v1.journal.{ns}.{agent}.{journal}',
  delivery: 'JOURNAL',
  from: ['agent'],
  to: ['agent', 'cli'],
  performative: 'inform',
  why: 'a model or tool exchange, so that a resumed task does not pay it again',
  body: z.object({
    /** 1, 2, 3 … of this journal. */
    n: z.int().positive(),
    kind: z.enum(['model', 'tool', 'step', 'outcome']),
    /** Name of the step: unique within the task, stable over resumptions. */
    name: z.string().min(1).max(256),
    /** SHA-256 of the canonical request: a resumed step with another request is a programming error. */
    request: z.string(),
    result: Json,
    usage: UsageTotals.optional(),
    attempt: z.int().positive(),
    instance: Token,
  }),
});
