import { z } from 'zod';
import { defineMessage } from '../define-message.ts';
import { Limits } from '../definition/index.ts';
import { Decision } from '../events.ts';
import { OfferRefusals } from '../handoff.ts';
import { ApprovalDecision, OutsideEvent } from '../human.ts';
import { Json } from '../json.ts';
import { Token } from '../tokens.ts';

/** Asks for a run. Plain JSON without headers is enough. */
export const RunSubmission = defineMessage({
  type: 'run.submit',
  subject: 'parley.v1.run.submit.{ns}.{workflow}',
  delivery: 'INTAKE',
  from: ['submitter', 'cli'],
  to: ['conductor'],
  performative: 'request',
  why: 'starts a run of a registered workflow',
  body: z.strictObject({
    input: Json,
    /** The same key is the same run, for ever. */
    idempotencyKey: z.string().min(1).max(256).optional(),
    limits: Limits.optional(),
    /** A registered version of the workflow; the newest when left out. */
    version: z.int().min(1).optional(),
    by: z.string().max(256).optional(),
  }),
});

/** Something other than an agent's report happened to a run. */
export const RunSignal = defineMessage({
  type: 'run.signal',
  subject: 'parley.v1.run.signal.{ns}.{partition}.{runId}',
  delivery: 'SIGNALS',
  from: ['router', 'guardian', 'cli'],
  to: ['conductor'],
  performative: 'inform',
  why: 'a fact that the run must decide on',
  body: z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('unroutable'),
      task: Token,
      attempt: z.int().positive(),
      reason: z.string().max(1_000),
    }),
    z.object({ kind: z.literal('cancel'), by: z.string().max(256), reason: z.string().max(1_000) }),
    z.object({ kind: z.literal('nudge') }),
    ApprovalDecision,
    OutsideEvent,
    z.object({
      kind: z.literal('offer_refused'),
      task: Token,
      attempt: z.int().positive(),
      refusals: OfferRefusals,
    }),
  ]),
});

/** A durable timer: stored as a schedule, it becomes a `RunWake` when due. */
export const RunTimer = defineMessage({
  type: 'run.timer',
  subject: 'parley.v1.run.timer.{ns}.{partition}.{runId}.{dueMs}',
  delivery: 'TIMERS',
  from: ['conductor'],
  to: [],
  why: 'the armed wake-up of an unfinished run',
  body: z.object({ dueAt: z.int().nonnegative() }),
});

export const RunWake = defineMessage({
  type: 'run.wake',
  subject: 'parley.v1.run.wake.{ns}.{partition}.{runId}',
  delivery: 'TIMERS',
  from: [],
  to: ['conductor'],
  why: 'published by the server when a timer is due',
  body: z.object({ dueAt: z.int().nonnegative() }),
});

/** One decision of a run: the log. */
export const RunDecision = defineMessage({
  type: 'run.event',
  subject: 'parley.v1.run.event.{ns}.{partition}.{runId}',
  delivery: 'RUNS',
  from: ['conductor'],
  to: ['router', 'guardian', 'cli'],
  performative: 'inform',
  why: 'the log of a run, appended with the expected last sequence',
  body: Decision,
});
