import {
  type Body,
  CFP_INPUT_BYTES,
  ContractError,
  decodeJson,
  HandoffOffer,
  headersOf,
  parseWith,
} from '@parley/contracts';
import { BusError } from '@parley/bus';
import type { AwardDependencies } from './award-message.ts';
import type { OfferedTask } from './open-task.ts';

export interface AskDependencies extends Pick<AwardDependencies, 'bus' | 'router' | 'events'> {
  /** Longest wait for one agent's answer, milliseconds. */
  readonly offerMs: number;
}

export type Answer = { answer: 'agree'; etaMs: number } | { answer: 'refuse'; reason: string };

/** Asks one agent. Silence is a refusal; throws when the connection is at fault. */
export async function ask(deps: AskDependencies, task: OfferedTask, agent: string): Promise<Answer> {
  const { bus, events, offerMs } = deps;
  try {
    const reply = await bus.request(offerTo(deps, task, agent), { timeoutMs: offerMs });
    const answer = parseWith(HandoffOffer.reply as ReplySchema, decodeJson(reply.payload), HandoffOffer.type);
    events.offered(agent, answer.answer === 'agree' ? 'agreed' : 'refused');
    return answer;
  } catch (error) {
    const code = codeOf(error);
    // Cut off, nobody was asked.
    if (code === 'timeout' && bus.status !== 'connected') throw error;
    if (code === 'timeout' || code === 'no_responders') {
      events.offered(agent, 'silent');
      const why = code === 'timeout' ? `no answer within ${offerMs} ms` : 'no instance answers';
      return { answer: 'refuse', reason: why };
    }
    if (code !== 'answer_invalid' && code !== 'answered_error') throw error;
    events.invalidBid(agent, error);
    events.offered(agent, 'refused');
    return { answer: 'refuse', reason: `its answer is not usable: ${error instanceof Error ? error.message : code}` };
  }
}

/** Throws what is neither the bus's nor the answer's fault. */
function codeOf(error: unknown): string {
  if (error instanceof BusError) return error.code;
  if (error instanceof ContractError) return 'answer_invalid';
  throw error;
}

type ReplySchema = NonNullable<(typeof HandoffOffer)['reply']>;

function offerTo(
  { bus, router, offerMs }: AskDependencies,
  { ns, run, scheduled, traceparent }: OfferedTask,
  agent: string,
) {
  const { task, attempt, capability, input, deadlineAt, performMs, offer } = scheduled;
  const { from, reason, priority, hop, brief } = offer;
  const inputBytes = Buffer.byteLength(JSON.stringify(input));
  const replyByMs = bus.now() + offerMs;
  const body: Body<typeof HandoffOffer> = {
    run,
    task,
    attempt,
    capability,
    from,
    reason,
    priority,
    hop,
    brief,
    deadlineAt,
    performMs,
    replyByMs,
    inputBytes,
    ...(inputBytes <= CFP_INPUT_BYTES ? { input } : {}),
  };
  const id = `${task}-${attempt}-offer-${agent}`;
  return {
    subject: HandoffOffer.toSubject({ ns, agent }),
    payload: HandoffOffer.encodeTyped(body),
    headers: headersOf(
      HandoffOffer,
      { id, source: `/router/${router}`, conversation: run, replyByMs, traceparent, attempt },
      bus.now(),
    ),
  };
}
