import type { HandoffContext, HandoffRequest, OfferRefusal } from '@parley/contracts';

/** Whom a handoff is for. */
export const targetText = ({ to, capability }: Pick<HandoffRequest, 'to' | 'capability'>): string =>
  to === undefined ? `any agent for ${capability ?? 'it'}` : capability === undefined ? to : `${to} for ${capability}`;

export const refusalsText = (refusals: readonly OfferRefusal[]): string =>
  refusals.map(({ to, reason }) => `${to} refused (${reason})`).join(', ');

/** What hand-offs have to do with an attempt; empty when nothing. */
export function handoffText({ handoff, refused, returned }: HandoffContext): string {
  const parts = [
    ...(handoff === undefined
      ? []
      : [`handed over by ${handoff.from}: ${handoff.reason} (hop ${handoff.hop}, ${handoff.priority})`]),
    ...(refused === undefined ? [] : [`its handoff came back: ${refusalsText(refused)}`]),
    ...(returned === undefined ? [] : [`with the result of ${returned.from}`]),
  ];
  return parts.join('; ');
}
