import { z } from 'zod';
import { defineMessage } from '../define-message.ts';
import { Token } from '../tokens.ts';

const tokens = z.int().nonnegative();

/** Real or estimated consumption of one call; money in micro-USD. */
export const Amount = z.object({ tokens, microUsd: z.int().nonnegative() });
export type Amount = z.infer<typeof Amount>;

export const PermitRequest = defineMessage({
  type: 'permit.request',
  subject: 'parley.v1.permit.request.{ns}.{agent}',
  delivery: 'request',
  from: ['agent'],
  to: ['guardian'],
  performative: 'request',
  why: 'asks to spend at most `bound` on one call; no permit, no call',
  body: z.object({
    /** Chosen by the asker; the same operation is granted once, however often it is asked. */
    operation: Token,
    run: Token,
    task: Token,
    attempt: z.int().positive(),
    epoch: z.int().nonnegative(),
    instance: Token,
    model: z.string().max(128),
    bound: Amount,
  }),
  reply: z.discriminatedUnion('status', [
    z.object({ status: z.literal('granted'), permit: Token, leaseMs: z.int().positive() }),
    z.object({
      status: z.literal('denied'),
      reason: z.enum([
        'budget_exhausted',
        'halted',
        'paused',
        'fenced',
        'superseded',
        'busy',
        'run_unknown',
        'unavailable',
      ]),
      message: z.string(),
      /** Ask again after this long; absent when asking again cannot help. */
      retryAfterMs: z.int().positive().optional(),
    }),
  ]),
});

export const PermitRenew = defineMessage({
  type: 'permit.renew',
  subject: 'parley.v1.permit.renew.{ns}.{agent}',
  delivery: 'request',
  from: ['agent'],
  to: ['guardian'],
  performative: 'request',
  why: 'keeps the permits of an instance; one message for all',
  body: z.object({
    instance: Token,
    permits: z.array(z.object({ permit: Token, run: Token, epoch: z.int().nonnegative() })),
  }),
  reply: z.object({ leaseMs: z.int().positive(), lapsed: z.array(Token) }),
});

export const PermitSettle = defineMessage({
  type: 'permit.settle',
  subject: 'parley.v1.permit.settle.{ns}.{agent}',
  delivery: 'request',
  from: ['agent'],
  to: ['guardian'],
  performative: 'inform',
  why: 'ends a permit with what was really used; `released` when the call was never sent',
  body: z.object({
    permit: Token,
    run: Token,
    outcome: z.enum(['settled', 'released']),
    used: Amount,
    inputTokens: tokens,
    outputTokens: tokens,
  }),
  /** `charged` is what the ledger took: of the first closing, however often it is sent. */
  reply: z.object({ charged: Amount, closing: z.enum(['settled', 'released', 'expired', 'unknown']) }),
});

/** One entry of the ledger. */
export const UsageRecord = defineMessage({
  type: 'usage.record',
  subject: 'parley.v1.usage.record.{ns}.{runId}',
  delivery: 'USAGE',
  from: ['guardian'],
  to: ['guardian', 'cli'],
  performative: 'inform',
  why: 'every grant and closing; the ledger is the fold of these',
  body: z.object({
    op: z.enum(['granted', 'settled', 'released', 'expired']),
    permit: Token,
    run: Token,
    task: Token,
    attempt: z.int().positive(),
    agent: Token,
    model: z.string().max(128),
    reserved: Amount,
    charged: Amount,
    inputTokens: tokens,
    outputTokens: tokens,
    /** Counts the ledger's changes; a wiped or older ledger is noticed by it. */
    ledgerVersion: z.int().positive(),
  }),
});
