import { z } from 'zod';
import { defineMessage } from '../define-message.ts';
import { Criteria, Limits } from '../definition/index.ts';
import { Failure, UsageTotals } from '../events.ts';
import { handoffContext, handoffFields, NAMES_NO_TARGET, namesTarget } from '../handoff.ts';
import { HumanAnswer, HumanRequest } from '../human.ts';
import { Json } from '../json.ts';
import { Token } from '../tokens.ts';

const attempt = z.int().positive();
const ms = z.int().nonnegative();

/** One task for whoever can do it, from any system. Becomes a run of one leaf. */
export const TaskAnnouncement = defineMessage({
  type: 'task.announce',
  subject: 'parley.v1.task.announce.{ns}.{capability}',
  delivery: 'TASKS',
  from: ['submitter', 'cli'],
  to: ['conductor'],
  performative: 'request',
  why: 'a standalone task; answered on task.result',
  body: z.strictObject({
    /** Chosen by the announcer; the same id is the same task. */
    task: Token,
    input: Json,
    criteria: Criteria.default('balanced'),
    performMs: z.int().min(100).max(86_400_000).default(120_000),
    attempts: z.int().min(1).max(20).default(3),
    limits: Limits.optional(),
  }),
});

/** The answer to an announced task. */
export const TaskResult = defineMessage({
  type: 'task.result',
  subject: 'parley.v1.task.result.{ns}.{taskId}',
  delivery: 'RESULTS',
  from: ['conductor'],
  to: ['submitter', 'cli'],
  performative: 'inform',
  why: 'outcome of an announced task',
  body: z.discriminatedUnion('status', [
    z.object({ status: z.literal('completed'), run: Token, output: Json, usage: UsageTotals }),
    z.object({ status: z.literal('failed'), run: Token, error: Failure, usage: UsageTotals }),
  ]),
});

/** Inputs up to this size travel with the call for proposals, so that an agent can bid on the content. Bytes of JSON. */
export const CFP_INPUT_BYTES = 4_096;

export const CallForProposals = defineMessage({
  type: 'task.cfp',
  subject: 'parley.v1.task.cfp.{ns}.{capability}',
  delivery: 'core',
  from: ['router'],
  to: ['agent'],
  performative: 'cfp',
  why: 'all tasks of a capability that wait at this moment; one replica per agent answers (queue group = agent)',
  body: z.object({
    conversation: Token,
    /** Instance of the asking router: proposals are addressed to it. */
    router: Token,
    replyByMs: ms,
    /** Only these agents answer; absent, all of the capability. */
    agents: z.array(Token).optional(),
    tasks: z.array(
      z.object({
        run: Token,
        task: Token,
        attempt,
        criteria: Criteria,
        deadlineAt: ms,
        performMs: ms,
        inputBytes: z.int().nonnegative(),
        /** Present when it has at most `CFP_INPUT_BYTES`. */
        input: Json.optional(),
      }),
    ),
  }),
});

/** One bid. Cost in micro-USD, time in milliseconds, confidence and load between 0 and 1. */
export const Proposal = z.object({
  task: Token,
  attempt,
  cost: z.number().finite().nonnegative(),
  etaMs: z.number().finite().nonnegative(),
  confidence: z.number().min(0).max(1),
  load: z.number().min(0).max(1),
});
export type Proposal = z.infer<typeof Proposal>;

/** One refusal. `final`: asking again cannot help (the input does not fit); without it the agent may only be busy. */
export const Refusal = z.object({
  task: Token,
  attempt,
  reason: z.string().max(2_000),
  final: z.boolean().default(false),
});
export type Refusal = z.infer<typeof Refusal>;

export const Propose = defineMessage({
  type: 'task.propose',
  subject: 'parley.v1.task.propose.{ns}.{agent}.{router}',
  delivery: 'core',
  from: ['agent'],
  to: ['router'],
  performative: 'propose',
  why: 'one answer per call: a proposal or a refusal for each of its tasks',
  body: z.object({
    conversation: Token,
    instance: Token,
    proposals: z.array(Proposal),
    refusals: z.array(Refusal),
  }),
});

/** Why an award went where it went. `score` is what the bids were ordered by, highest first. */
export const AwardReasons = z.object({
  rule: z.enum(['best_score', 'only_candidate', 'journal_holder', 'sole_proposal', 'queued', 'handoff_agreed']),
  criteria: Criteria,
  bids: z.array(Proposal.omit({ task: true, attempt: true }).extend({ agent: Token, score: z.number() })),
  refusals: z.array(z.object({ agent: Token, reason: z.string() })),
  silent: z.array(Token),
  /** Rule `handoff_agreed`: the time that the agent expects to take, milliseconds. */
  etaMs: z.number().finite().nonnegative().optional(),
});
export type AwardReasons = z.infer<typeof AwardReasons>;

export const Award = defineMessage({
  type: 'task.award',
  subject: 'parley.v1.task.award.{ns}.{taskId}.{attempt}.{agent}',
  delivery: 'WORK',
  from: ['router'],
  to: ['agent', 'cli'],
  performative: 'accept-proposal',
  why: 'created once per attempt; carries the lease token',
  body: z.object({
    run: Token,
    task: Token,
    attempt,
    capability: Token,
    input: Json,
    epoch: z.int().nonnegative(),
    deadlineAt: ms,
    performMs: ms,
    journal: Token,
    continues: z.boolean(),
    token: z.string(),
    reasons: AwardReasons,
    /** What people said to the newest request of the task. */
    answer: HumanAnswer.optional(),
    ...handoffContext,
  }),
});

const report = {
  task: Token,
  attempt,
  epoch: z.int().nonnegative(),
  instance: Token,
  token: z.string(),
  usage: UsageTotals,
};

/** How an attempt ended, from the agent that holds it. Applied only while the attempt is open and the token verifies. */
export const TaskReport = defineMessage({
  type: 'task.report',
  subject: 'parley.v1.task.report.{ns}.{partition}.{agent}.{runId}',
  delivery: 'SIGNALS',
  from: ['agent'],
  to: ['conductor'],
  performative: 'inform',
  why: 'closes an attempt',
  body: z.discriminatedUnion('kind', [
    z.object({ ...report, kind: z.literal('result'), output: Json }),
    z.object({ ...report, kind: z.literal('failed'), error: Failure }),
    z.object({ ...report, kind: z.literal('parked'), reason: z.string().max(1_000) }),
    z.object({ ...report, kind: z.literal('handoff'), ...handoffFields }).refine(namesTarget, NAMES_NO_TARGET),
    z.object({ ...report, kind: z.literal('ask'), request: HumanRequest }),
  ]),
});

/** Best effort: stop working on one attempt, it is no longer open. */
export const Cancel = defineMessage({
  type: 'task.cancel',
  subject: 'parley.v1.task.cancel.{ns}.{agent}',
  delivery: 'core',
  from: ['router'],
  to: ['agent'],
  performative: 'cancel',
  why: 'saves work on an attempt that is closed already',
  body: z.object({ run: Token, task: Token, attempt }),
});
