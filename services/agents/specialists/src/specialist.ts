import { type Agent, defineAgent, propose } from '@parley/agent';
import { Given, prompt, Reply, replyTo, textOf } from './reply.ts';

export interface Specialist {
  readonly name: string;
  readonly description: string;
  readonly capability: string;
  /** The system prompt; default that of the capability. */
  readonly system?: string;
  /** Asked when the input names nothing to answer. */
  readonly question: string;
}

/** Fields in which patterns say what is wanted. */
const WANTED = ['question', 'instruction', 'goal', 'topic', 'task', 'request', 'message'] as const;

/** An agent with one job: a model call with the specialist's prompt over whatever was given. */
export function specialist({ name, description, capability, question, ...more }: Specialist): Agent {
  const system = more.system ?? prompt(capability);
  return defineAgent({
    name,
    version: '1.0.0',
    description,
    capabilities: { [capability]: { description, input: Given, output: Reply } },
    bid: (task, { inHand }) => propose({ cost: task.inputBytes, etaMs: 3_000 * (1 + inHand), confidence: 0.8 }),
    perform: {
      [capability]: (given: Given, context) =>
        replyTo(capability, given, context, { system, question: textOf(given, ...WANTED) ?? question }),
    },
  });
}
