import type { Body, HandoffOffer } from '@parley/contracts';
import { type InstanceView, inputFault } from './answer-call.ts';
import type { Agent } from './define-agent.ts';

const MAX_REASON = 2_000;
const UNKNOWN_ETA_MS = 1_000;

export type OfferReply = { answer: 'agree'; etaMs: number } | { answer: 'refuse'; reason: string; final: boolean };

/** The answer to an offer. Pure apart from what `onOffer` does. It is refused without a free slot and when the input does not fit, before `onOffer` is asked. */
export function answerOffer(agent: Agent, offer: Body<typeof HandoffOffer>, view: InstanceView): OfferReply {
  const schema = agent.capabilities[offer.capability]?.input;
  const fault = schema === undefined ? `no capability ${offer.capability}` : inputFault(schema, offer.input);
  if (fault !== undefined) return refusal(fault, true);
  if (view.inHand >= view.slots) return refusal(`busy: ${view.inHand} of ${view.slots} slots are taken`, false);
  try {
    const decided = agent.onOffer?.(offer, view) ?? { agree: {} };
    if ('refuse' in decided) return refusal(decided.refuse, false);
    const etaMs = decided.agree.etaMs ?? view.meanMs ?? UNKNOWN_ETA_MS;
    return Number.isFinite(etaMs) && etaMs >= 0
      ? { answer: 'agree', etaMs }
      : refusal(`on_offer_invalid: etaMs ${etaMs}`, false);
  } catch (error) {
    return refusal(`on_offer_failed: ${error instanceof Error ? error.message : String(error)}`, false);
  }
}

const refusal = (reason: string, final: boolean): OfferReply => ({
  answer: 'refuse',
  reason: reason.slice(0, MAX_REASON),
  final,
});
