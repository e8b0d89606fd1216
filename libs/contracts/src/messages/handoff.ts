import { z } from 'zod';
import { defineMessage } from '../define-message.ts';
import { HandoffBrief, HandoffOrigin } from '../handoff.ts';
import { Json } from '../json.ts';
import { Token } from '../tokens.ts';

const ms = z.int().nonnegative();

/** Asks one agent to take over a task. */
export const HandoffOffer = defineMessage({
  type: 'task.offer',
  subject: 'parley.v1.task.offer.{ns}.{agent}',
  delivery: 'request',
  from: ['router'],
  to: ['agent'],
  performative: 'request',
  why: 'first phase of a handoff: one replica answers (queue group = agent); agreeing reserves a slot until the reply-by, the award is the transfer',
  body: HandoffOrigin.extend({
    run: Token,
    task: Token,
    attempt: z.int().positive(),
    capability: Token,
    brief: HandoffBrief,
    deadlineAt: ms,
    performMs: ms,
    /** When the offer ends, milliseconds since 1970. */
    replyByMs: ms,
    inputBytes: z.int().nonnegative(),
    /** Present when it has at most `CFP_INPUT_BYTES`. */
    input: Json.optional(),
  }),
  reply: z.discriminatedUnion('answer', [
    z.object({ answer: z.literal('agree'), etaMs: z.number().finite().nonnegative() }),
    z.object({ answer: z.literal('refuse'), reason: z.string().max(2_000), final: z.boolean().default(false) }),
  ]),
});
