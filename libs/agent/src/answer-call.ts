import type { Body, CallForProposals, Proposal, Propose, Refusal } from '@parley/contracts';
import type { Agent, BidView } from './define-agent.ts';

const MAX_REASON = 2_000;

/** What a bid is based on, apart from the task's position in the call. */
export type InstanceView = Omit<BidView, 'offered' | 'place'>;

/**
 * The one answer to a call: a proposal or a refusal for each of its tasks. Pure apart from what `bid` does.
 * A task whose input does not fit the capability is refused, as is one on which `bid` throws.
 */
export function answerCall(
  agent: Agent,
  capability: string,
  call: Body<typeof CallForProposals>,
  instanceView: InstanceView,
  instance: string,
): Body<typeof Propose> {
  const proposals: Proposal[] = [];
  const refusals: Refusal[] = [];
  const schema = agent.capabilities[capability]?.input;
  for (const [place, task] of call.tasks.entries()) {
    const view = { ...instanceView, offered: call.tasks.length, place };
    const fault = schema === undefined ? `no capability ${capability}` : inputFault(schema, task.input);
    const bid = fault === undefined ? decide(agent, capability, task, view) : { refuse: fault };
    if ('refuse' in bid) {
      refusals.push({
        task: task.task,
        attempt: task.attempt,
        reason: bid.refuse.slice(0, MAX_REASON),
        final: fault !== undefined,
      });
    } else {
      const { cost, etaMs, confidence } = bid.propose;
      proposals.push({ task: task.task, attempt: task.attempt, cost, etaMs, confidence, load: view.load });
    }
  }
  return { conversation: call.conversation, instance, proposals, refusals };
}

type Schema = Agent['capabilities'][string]['input'];

/** Why an input does not fit, as far as it can be known before it is read whole. */
export function inputFault(schema: Schema, input: unknown): string | undefined {
  // A large input is not in the call, and one that holds a reference to a blob is only known once it is read.
  if (input === undefined) return undefined;
  const parsed = schema.safeParse(input);
  if (parsed.success || JSON.stringify(input).includes('"$blob"')) return undefined;
  const issue = parsed.error.issues[0];
  return `input_invalid: /${(issue?.path ?? []).join('/')}: ${issue?.message ?? 'invalid'}`;
}

function decide(agent: Agent, capability: string, task: Body<typeof CallForProposals>['tasks'][number], view: BidView) {
  let bid: ReturnType<Agent['bid']>;
  try {
    bid = agent.bid({ ...task, capability }, view);
  } catch (error) {
    return { refuse: `bid_failed: ${error instanceof Error ? error.message : String(error)}` };
  }
  if ('refuse' in bid) return bid;
  const { cost, etaMs, confidence } = bid.propose;
  const sound =
    Number.isFinite(cost) && cost >= 0 && Number.isFinite(etaMs) && etaMs >= 0 && confidence >= 0 && confidence <= 1;
  return sound ? bid : { refuse: `bid_invalid: cost ${cost}, etaMs ${etaMs}, confidence ${confidence}` };
}
