import type { Bus } from '@parley/bus';
import { AgentBeat, AgentHello, type Body } from '@parley/contracts';
import type { AgentLog } from './agent-log.ts';
import type { Agent } from './define-agent.ts';
import { parseReply } from './parse-reply.ts';
import { backoffMs, wait } from './wait.ts';

export interface Welcome {
  /** The durable consumer of this agent's work. */
  readonly consumer: string;
  readonly beatMs: number;
}

const HELLO_TIMEOUT_MS = 2_000;

/** Introduces the instance to the router, until it answers or `signal` aborts. */
export async function sayHello(
  bus: Bus,
  { ns, agent, instance, slots, log }: { ns: string; agent: Agent; instance: string; slots: number; log: AgentLog },
  signal: AbortSignal,
): Promise<Welcome> {
  const message = {
    subject: AgentHello.toSubject({ ns, agent: agent.name }),
    payload: AgentHello.encode({ instance, slots, card: agent.card }),
  };
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted();
    try {
      const answer = await bus.request(message, { timeoutMs: HELLO_TIMEOUT_MS, signal });
      return parseReply(AgentHello, answer.payload);
    } catch (err) {
      signal.throwIfAborted();
      if (attempt % 10 === 1) log.warn({ event: 'agent.hello_unanswered', attempt, err });
      await wait(backoffMs(attempt, 50, 1_000), signal);
    }
  }
}

/** Says what the instance has in hand; `leaving` takes it out of the registry at once. */
export function sendBeat(bus: Bus, ns: string, agent: string, beat: Body<typeof AgentBeat>): void {
  bus.publish({ subject: AgentBeat.toSubject({ ns, agent }), payload: AgentBeat.encode(beat) });
}
