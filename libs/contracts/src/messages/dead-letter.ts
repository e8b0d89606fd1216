import { z } from 'zod';
import { defineMessage } from '../define-message.ts';

/** A message that could not be processed, whole, with its reason. `source` is the service that gave up on it. */
export const DeadLetter = defineMessage({
  type: 'deadletter',
  subject: 'parley.v1.deadletter.{ns}.{source}',
  delivery: 'DEADLETTER',
  from: ['conductor', 'router', 'guardian', 'agent'],
  to: ['cli'],
  performative: 'not-understood',
  why: 'what could not be processed, for operators',
  body: z.object({
    subject: z.string(),
    stream: z.string().optional(),
    sequence: z.int().optional(),
    deliveries: z.int().optional(),
    headers: z.record(z.string(), z.string()),
    /** The original bytes, base64. */
    payload: z.string(),
    code: z.string(),
    reason: z.string(),
  }),
});
