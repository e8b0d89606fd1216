import type { Bus } from '@parley/bus';
import {
  AgentHello,
  Award,
  type Body,
  CallForProposals,
  decodeJson,
  encodeJson,
  HandoffOffer,
  type HandoffRequest,
  type HumanRequest,
  type Json,
  partitionOf,
  Propose,
  TaskReport,
} from '@parley/contracts';
import { eventually } from '@parley/testing';

const NO_USAGE = { inputTokens: 0, outputTokens: 0, microUsd: 0, modelCalls: 0 };

/** What an agent says at the end of an attempt; a bare value is a result. */
export type Answer = { output: Json } | { failed: string } | { handoff: HandoffRequest } | { ask: HumanRequest };

/** What it says to an offer of a task that somebody hands over. */
export type OfferAnswer = { answer: 'agree'; etaMs: number } | { answer: 'refuse'; reason: string };

/** Joins an agent by plain messages: it bids on everything, answers with `perform`, and reports under its token. */
export async function joinAgent(
  bus: Bus,
  ns: string,
  name: string,
  perform: (award: Body<typeof Award>) => Answer | Promise<Answer>,
  capabilities: readonly string[],
  onOffer: () => OfferAnswer = () => ({ answer: 'agree', etaMs: 10 }),
): Promise<void> {
  const offers = HandoffOffer.toSubject({ ns, agent: name });
  await bus.serve(offers, () => encodeJson(onOffer()), { queue: name });
  for (const capability of capabilities) {
    const subject = CallForProposals.toSubject({ ns, capability });
    const answer = (messages: readonly { payload: Uint8Array }[]): void => {
      for (const { conversation, router, tasks } of messages.map(({ payload }) => CallForProposals.decode(payload))) {
        const proposals = tasks.map(({ task, attempt }) => {
          return { task, attempt, cost: name.length, etaMs: 10, confidence: 0.5, load: 0 };
        });
        bus.publish({
          subject: Propose.toSubject({ ns, agent: name, router }),
          payload: encodeJson({ conversation, instance: `${name}-1`, proposals, refusals: [] }),
        });
      }
    };
    await bus.subscribe(subject, answer, { queue: name });
  }
  const card = {
    agent: name,
    version: '1.0.0',
    description: '',
    capabilities: capabilities.map((capability) => ({ name: capability, description: '', input: {}, output: {} })),
    tools: [],
  };
  const hello = {
    subject: AgentHello.toSubject({ ns, agent: name }),
    payload: AgentHello.encode({ instance: `${name}-1`, slots: 256, card }),
  };
  const welcome = await eventually(() => bus.request(hello, { timeoutMs: 1_000 }), { timeoutMs: 20_000 });
  const { consumer } = decodeJson(welcome.payload) as { consumer: string };
  await bus.consume({ stream: 'WORK', durable: consumer, slots: 256 }, async (deliveries) => {
    const reports = await Promise.all(
      deliveries.map(async ({ payload }) => {
        const award = Award.decode(payload);
        const { run, task, attempt, epoch, token } = award;
        const report = { task, attempt, epoch, token, instance: `${name}-1`, usage: NO_USAGE };
        const answer = await perform(award);
        const body =
          'output' in answer
            ? { ...report, kind: 'result' as const, output: answer.output }
            : 'handoff' in answer
              ? { ...report, kind: 'handoff' as const, ...answer.handoff }
              : 'ask' in answer
                ? { ...report, kind: 'ask' as const, request: answer.ask }
                : {
                    ...report,
                    kind: 'failed' as const,
                    error: { code: answer.failed, message: 'as scripted', retryable: true },
                  };
        return {
          subject: TaskReport.toSubject({ ns, partition: partitionOf(run), agent: name, runId: run }),
          payload: TaskReport.encode(body),
          id: `${token}-${body.kind}`,
        };
      }),
    );
    await bus.store(reports);
    for (const delivery of deliveries) delivery.ack();
  });
}
