import { z } from 'zod';
import { Json } from './json.ts';
import { Token } from './tokens.ts';

/** Largest brief, bytes of JSON. */
export const BRIEF_BYTES = 16_384;

const text = z.string().max(4_000);
const points = z.array(z.string().max(2_000)).max(32);

/** What the giver of a task tells its next holder: all of the giver's work that the next holder sees. */
export const HandoffBrief = z
  .strictObject({
    /** What is asked for, in the giver's words. */
    asked: text,
    found: points,
    /** What was tried and did not work. */
    failed: points,
    /** What to do now. */
    next: text,
  })
  .refine((brief) => Buffer.byteLength(JSON.stringify(brief)) <= BRIEF_BYTES, {
    message: `a brief has at most ${BRIEF_BYTES} bytes of JSON; shorten it, or refer to what is on the board`,
  });
export type HandoffBrief = z.infer<typeof HandoffBrief>;

export const HandoffPriority = z.enum(['low', 'normal', 'high', 'urgent']);
export type HandoffPriority = z.infer<typeof HandoffPriority>;

const reason = z.string().min(1).max(1_000);
/** Hand-offs of the task so far, this one included: 1, 2, 3 … */
const hop = z.int().positive();

/** The fields of a request to hand a task over. */
export const handoffFields = {
  /** The agent that is to take it; without one, any agent of the capability but the giver. */
  to: Token.optional(),
  /** What the next holder is asked to do; without one, what the giver was asked. */
  capability: Token.optional(),
  reason,
  priority: HandoffPriority.default('normal'),
  brief: HandoffBrief,
  /** For another capability; left out, the input stays the same. */
  input: Json.optional(),
  /** `transfer`: the next holder's result is the task's. `return`: it comes back to the giver, which goes on. */
  continuation: z.enum(['transfer', 'return']).default('transfer'),
};

export const namesTarget = (request: { to?: string | undefined; capability?: string | undefined }): boolean =>
  request.to !== undefined || request.capability !== undefined;

export const NAMES_NO_TARGET = 'a handoff names an agent in `to`, a capability, or both';

export const HandoffRequest = z.object(handoffFields).refine(namesTarget, NAMES_NO_TARGET);
export type HandoffRequest = z.infer<typeof HandoffRequest>;

/** Where a holder got its task from. */
export const HandoffOrigin = z.object({ from: Token, reason, priority: HandoffPriority, hop });
export type HandoffOrigin = z.infer<typeof HandoffOrigin>;

/** An attempt that is not up for bids: it is offered to one agent after the other. */
export const Offer = HandoffOrigin.extend({
  to: Token.optional(),
  brief: HandoffBrief,
  /** Agents that would close a circle. */
  avoid: z.array(Token).max(8).optional(),
});
export type Offer = z.infer<typeof Offer>;

/** Why somebody did not take a task: an agent, or for a request that the platform refused what it named. */
export const OfferRefusal = z.object({ to: Token, reason: z.string().max(2_000) });
export type OfferRefusal = z.infer<typeof OfferRefusal>;

/** Refusals kept of one offer. */
export const MAX_REFUSALS = 8;
export const OfferRefusals = z.array(OfferRefusal).max(MAX_REFUSALS);

/** What hand-offs tell the holder of an attempt; all absent in a task that nobody handed over. */
export const handoffContext = {
  brief: HandoffBrief.optional(),
  handoff: HandoffOrigin.optional(),
  /** Its own newest request was refused. */
  refused: OfferRefusals.optional(),
  /** Its own newest request with `continuation: 'return'` was done. */
  returned: z.object({ from: Token, output: Json }).optional(),
  /** The attempt whose request that was: requests journaled up to it are answered. */
  answered: z.int().positive().optional(),
};
const HandoffContext = z.object(handoffContext);
export type HandoffContext = z.infer<typeof HandoffContext>;
