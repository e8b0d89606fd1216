import { z } from 'zod';
import { defineMessage } from '../define-message.ts';
import { Failure, UsageTotals } from '../events.ts';
import { WorkItem } from '../human.ts';
import { Json } from '../json.ts';
import { Token } from '../tokens.ts';
import { AgentPresence } from './agent.ts';
import { Amount } from './permit.ts';

export const RunSummary = z.object({
  run: Token,
  workflow: Token,
  status: z.enum(['running', 'halted', 'paused', 'completed', 'failed', 'cancelled']),
  /** Decisions in the log. */
  decisions: z.int().positive(),
  startedAt: z.int(),
  updatedAt: z.int(),
});
export type RunSummary = z.infer<typeof RunSummary>;

export const QueryRuns = defineMessage({
  type: 'query.runs',
  subject: 'parley.v1.query.runs.{ns}',
  delivery: 'request',
  from: ['cli'],
  to: ['conductor'],
  why: 'the newest runs of a namespace',
  body: z.object({ limit: z.int().min(1).max(1_000).default(50) }),
  reply: z.object({ runs: z.array(RunSummary) }),
});

export const QueryRun = defineMessage({
  type: 'query.run',
  subject: 'parley.v1.query.run.{ns}',
  delivery: 'request',
  from: ['cli'],
  to: ['conductor'],
  why: 'one run, folded from its log',
  body: z.object({ run: Token }),
  reply: RunSummary.extend({
    input: Json,
    output: Json.optional(),
    error: Failure.optional(),
    usage: UsageTotals,
    nodes: z.array(
      z.object({
        path: z.string(),
        id: z.string(),
        kind: z.string(),
        status: z.string(),
        attempts: z.int(),
        agent: Token.optional(),
        /** Hand-offs of a task so far. */
        hops: z.int().optional(),
        /** What people are asked to decide on, while they are. */
        /** What its kind has to tell besides the status. */
        notes: z.array(z.string()).optional(),
        /** The output is that of the same work before. */
        cached: z.literal(true).optional(),
        approval: WorkItem.optional(),
      }),
    ),
  }),
});

/** An open run that has been silent for a while, and what each of its open nodes waits for. Times in milliseconds since 1970. */
export const StuckRun = z.object({
  run: Token,
  workflow: Token,
  status: z.enum(['running', 'halted', 'paused']),
  updatedAt: z.int(),
  /** When the run is looked at again in any case; absent while it is halted or paused. */
  wakeAt: z.int().optional(),
  waits: z.array(
    z.object({
      path: z.string(),
      /** As written in the definition. */
      id: z.string(),
      kind: z.string(),
      for: z.enum(['agent', 'people', 'event', 'time', 'resume', 'wake', 'nothing']),
      text: z.string(),
      /** When it is over in any case. */
      until: z.int().optional(),
      /** Of a task. */
      capability: Token.optional(),
    }),
  ),
  /** Open nodes beyond those that are named. */
  more: z.int().nonnegative(),
  /** Nodes of the definition that wait for each other in a circle. */
  cycles: z.array(z.object({ ids: z.array(z.string()), text: z.string() })),
});
export type StuckRun = z.infer<typeof StuckRun>;

export const QueryStuck = defineMessage({
  type: 'query.stuck',
  subject: 'parley.v1.query.stuck.{ns}',
  delivery: 'request',
  from: ['cli'],
  to: ['conductor'],
  why: 'open runs to which nothing happened for a while, and what they wait for',
  body: z.object({
    /** Silent for at least so long, in milliseconds. */
    olderMs: z.int().nonnegative().default(60_000),
    limit: z.int().min(1).max(200).default(50),
  }),
  reply: z.object({
    runs: z.array(StuckRun),
    /** True when there may be more than were looked for. */
    more: z.boolean(),
  }),
});

export const QueryAgents = defineMessage({
  type: 'query.agents',
  subject: 'parley.v1.query.agents.{ns}',
  delivery: 'request',
  from: ['cli'],
  to: ['router'],
  why: 'the registry: cards and live instances',
  body: z.object({}),
  reply: z.object({ agents: z.array(AgentPresence) }),
});

export const QueryLedger = defineMessage({
  type: 'query.ledger',
  subject: 'parley.v1.query.ledger.{ns}',
  delivery: 'request',
  from: ['cli'],
  to: ['guardian'],
  why: 'what a run has reserved and spent',
  body: z.object({ run: Token.optional() }),
  reply: z.object({
    spent: Amount,
    reserved: Amount,
    limits: z.object({ tokens: z.int().optional(), microUsd: z.int().optional() }),
  }),
});
