import { z } from 'zod';
import { defineMessage } from '../define-message.ts';
import { Json } from '../json.ts';
import { Token } from '../tokens.ts';

/** What an agent says of itself when it joins. */
export const AgentCard = z.object({
  agent: Token,
  version: z.string().max(64),
  description: z.string().max(2_000),
  capabilities: z
    .array(
      z.object({
        name: Token,
        description: z.string().max(2_000),
        /** JSON Schema (draft 2020-12). */
        input: z.record(z.string(), Json),
        output: z.record(z.string(), Json),
      }),
    )
    .min(1)
    .max(64),
  tools: z.array(z.string().max(128)),
  model: z.string().max(128).optional(),
});
export type AgentCard = z.infer<typeof AgentCard>;

export const AgentHello = defineMessage({
  type: 'agent.hello',
  subject: 'parley.v1.agent.hello.{ns}.{agent}',
  delivery: 'request',
  from: ['agent'],
  to: ['router'],
  performative: 'subscribe',
  why: 'registers the card and the instance; the answer comes when the work queue of the agent exists',
  body: z.object({ instance: Token, slots: z.int().positive(), card: AgentCard }),
  reply: z.object({ consumer: Token, beatMs: z.int().positive() }),
});

export const AgentBeat = defineMessage({
  type: 'agent.beat',
  subject: 'parley.v1.agent.beat.{ns}.{agent}',
  delivery: 'core',
  from: ['agent'],
  to: ['router'],
  performative: 'inform',
  why: 'keeps an instance present; `leaving` ends it at once',
  body: z.object({
    instance: Token,
    slots: z.int().positive(),
    inHand: z.int().nonnegative(),
    leaving: z.boolean().default(false),
  }),
});

export const AgentDelete = defineMessage({
  type: 'agent.delete',
  subject: 'parley.v1.agent.delete.{ns}.{agent}',
  delivery: 'request',
  from: ['cli'],
  to: ['router'],
  performative: 'request',
  why: 'forgets an agent of which no instance is left: its card and its work queue; refused while one is',
  body: z.strictObject({}),
  reply: z.object({ deleted: z.boolean() }),
});

/** One row of the registry. */
export const AgentPresence = z.object({
  card: AgentCard,
  instances: z.array(z.object({ instance: Token, inHand: z.int(), slots: z.int() })),
});
export type AgentPresence = z.infer<typeof AgentPresence>;
