import type { Amount, Body, PermitRequest } from '@parley/contracts';
import type { z } from 'zod';
import type { GrantOutcome, Shortage } from './ledger.ts';

export type PermitReply = z.infer<NonNullable<(typeof PermitRequest)['reply']>>;
export type Denial = Extract<PermitReply, { status: 'denied' }>;
export type PermitAsk = Body<typeof PermitRequest>;

/** How long to wait before asking again when something is away or an account may become free. */
export const RETRY_MS = 250;
const BUDGET_RETRY_MS = 1_000;

export function denied(reason: Denial['reason'], message: string, retryAfterMs?: number): Denial {
  return { status: 'denied', reason, message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

export const unavailable = (message: string, retryAfterMs = RETRY_MS): Denial =>
  denied('unavailable', message, retryAfterMs);

/** The answer to a reservation that the ledger refused. */
export function denialOf(outcome: Exclude<GrantOutcome, { status: 'granted' }>, ask: PermitAsk): Denial {
  switch (outcome.status) {
    case 'superseded':
      return denied(
        'superseded',
        `task ${ask.task} is held by ${outcome.agent} in attempt ${outcome.attempt}, this is attempt ${ask.attempt}`,
      );
    case 'busy':
      return denied(
        'busy',
        `task ${ask.task} is held by another instance of ${outcome.agent} in the same attempt`,
        outcome.forMs,
      );
    case 'spent':
      return denied(
        'busy',
        `operation ${ask.operation} was granted before (${outcome.state}); ask with a new operation`,
      );
    case 'budget':
      return budgetExhausted(outcome, ask.bound);
  }
}

/** Names the account, what it has left and what was asked; asking again helps only when what is reserved may come back. */
export function budgetExhausted({ scope, unit, limit, spent, reserved }: Shortage, bound: Amount): Denial {
  const asked = bound[unit];
  const noun = unit === 'tokens' ? 'tokens' : 'micro-USD';
  const message = `the ${scope} has ${limit} ${noun}: ${spent} spent, ${reserved} reserved, ${asked} asked`;
  return denied('budget_exhausted', message, spent + asked <= limit ? BUDGET_RETRY_MS : undefined);
}
