import { z } from 'zod';
import { defineMessage } from '../define-message.ts';

export const CONTROL_SCOPES = ['run', 'agent', 'workflow', 'namespace', 'everything'] as const;

/** The one record of a command. Its stream sequence is its epoch: it applies only above the epoch already seen. */
export const Control = defineMessage({
  type: 'control',
  subject: 'parley.v1.control.{scope}.{ns}.{id}',
  delivery: 'CONTROL',
  from: ['guardian', 'cli'],
  to: ['conductor', 'router', 'guardian', 'agent', 'cli'],
  performative: 'request',
  why: 'halt, pause or resume a scope; a halt fences all work of an older epoch',
  body: z.object({
    verb: z.enum(['halt', 'pause', 'resume']),
    by: z.string().min(1).max(256),
    reason: z.string().max(1_000),
  }),
});
