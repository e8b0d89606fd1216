import { z } from 'zod';
import { Criteria, Limits } from './definition/index.ts';
import { canonicalJson, Json } from './json.ts';
import { handoffContext, HandoffRequest, Offer, OfferRefusals } from './handoff.ts';
import { HumanAnswer, HumanRequest, PersonName, VoteKind, VoteRefusal } from './human.ts';
import { digestOf } from './ids.ts';
import { Token } from './tokens.ts';

const ms = z.int().nonnegative();
const Path = z.string().regex(/^\d+(\.\d+)*$/);

/** What a task or node failed with. `retryable` says whether another attempt may do better. */
export const Failure = z.object({
  code: z.string().max(64),
  message: z.string().max(4_000),
  retryable: z.boolean().default(false),
});
export type Failure = z.infer<typeof Failure>;

/** Model usage of one attempt or one run; money in micro-USD. */
export const UsageTotals = z.object({
  inputTokens: z.int().nonnegative(),
  outputTokens: z.int().nonnegative(),
  microUsd: z.int().nonnegative(),
  modelCalls: z.int().nonnegative(),
});
export type UsageTotals = z.infer<typeof UsageTotals>;

export const RunStarted = z.object({
  type: z.literal('RunStarted'),
  workflow: Token,
  digest: z.string(),
  input: Json,
  limits: Limits,
  /** Set when the run carries one task announced by another system. */
  announced: z.object({ task: Token }).optional(),
  by: z.string().max(256).optional(),
});

/**
 * A node that is not a task has begun, or has changed its own state. `state` is the pattern's, whole and small; `planned` are the children that it has
 * decided on since, added to those before; at `dueAt` the node itself is looked at again.
 */
export const NodeAdvanced = z.object({
  type: z.literal('NodeAdvanced'),
  path: Path,
  kind: z.string().max(32),
  state: Json,
  planned: z.array(Json).optional(),
  dueAt: ms.optional(),
});

/** One attempt of a task is open; the router announces it. */
export const TaskScheduled = z.object({
  type: z.literal('TaskScheduled'),
  path: Path,
  task: Token,
  attempt: z.int().positive(),
  capability: Token,
  input: Json,
  criteria: Criteria,
  /** The control epoch that the award will carry. */
  epoch: z.int().nonnegative(),
  /** No award after this time, and no report counts after the conductor has closed the attempt for it. */
  deadlineAt: ms,
  performMs: ms,
  /** The journal that the work writes; the same as the attempt before when the work continues. */
  journal: Token,
  continues: z.boolean(),
  /** Asked first: the agent that holds the journal. */
  prefer: Token.optional(),
  /** Only these agents are asked. */
  agents: z.array(Token).optional(),
  /** Handed over: offered to one agent after the other instead of being up for bids. */
  offer: Offer.optional(),
  /** What people said to the newest request of this task. */
  answer: HumanAnswer.optional(),
  ...handoffContext,
  /** On the first attempt of a task whose output may be taken again: what its work is known by. */
  cacheKey: z.string().max(128).optional(),
});
export type TaskScheduled = z.infer<typeof TaskScheduled>;

/** The one event that ends an attempt. */
export const AttemptClosed = z.object({
  type: z.literal('AttemptClosed'),
  path: Path,
  attempt: z.int().positive(),
  outcome: z.enum(['result', 'failed', 'parked', 'expired', 'unroutable', 'halted', 'handoff', 'refused', 'asked']),
  output: Json.optional(),
  error: Failure.optional(),
  usage: UsageTotals.optional(),
  by: z.object({ agent: Token, instance: Token }).optional(),
  /** Outcome `handoff`: what was asked for; with an `error`, the platform's rules forbid it. */
  handoff: HandoffRequest.optional(),
  /** Outcome `refused`: who did not take the task that was offered, and why. */
  refusals: OfferRefusals.optional(),
  /** Outcome `asked`: what people are asked. */
  ask: HumanRequest.optional(),
});
export type AttemptClosed = z.infer<typeof AttemptClosed>;

/** A node has its final outcome. Without `output` a completed task's output is that of its last attempt. */
export const NodeSettled = z.object({
  type: z.literal('NodeSettled'),
  path: Path,
  status: z.enum(['completed', 'failed', 'cancelled']),
  output: Json.optional(),
  error: Failure.optional(),
  /** Its condition did not hold: it was never begun. */
  skipped: z.literal(true).optional(),
  /** A task that was never begun: the same work was completed before, and this is its output. */
  cached: z.literal(true).optional(),
});

/** A report that came for a closed attempt: kept, shown, never merged. */
export const LateReport = z.object({
  type: z.literal('LateReport'),
  task: Token,
  attempt: z.int().positive(),
  agent: Token,
  reason: z.enum(['attempt_closed', 'fenced', 'lease_invalid', 'run_settled', 'task_unknown']),
});

/** A person's word on a request, whether it counts or not: who said what about which text. */
export const VoteRecorded = z.object({
  type: z.literal('VoteRecorded'),
  /** Id of the signal: delivered again, it changes nothing. */
  signal: z.string(),
  approval: z.string(),
  digest: z.string(),
  decision: VoteKind,
  by: PersonName,
  to: PersonName.optional(),
  reason: z.string().max(1_000).optional(),
  /** It does not count. */
  refused: VoteRefusal.optional(),
});

/** Something happened outside. `kept`: nothing waited for it, so that it is kept, with its payload, until something does. */
export const SignalReceived = z.object({
  type: z.literal('SignalReceived'),
  /** Id of the signal that told it. */
  signal: z.string(),
  /** The sender's id of the event: one that was taken in is not taken again, one that was refused may come again. */
  id: z.string(),
  name: Token,
  by: PersonName,
  kept: z.object({ payload: Json }).optional(),
  refused: z.object({ code: z.enum(['inbox_full', 'run_settled']), message: z.string().max(1_000) }).optional(),
});

/** A node has taken an event that was kept. */
export const SignalTaken = z.object({ type: z.literal('SignalTaken'), path: Path, id: z.string() });

export const ControlApplied = z.object({
  type: z.literal('ControlApplied'),
  verb: z.enum(['halt', 'pause', 'resume']),
  epoch: z.int().positive(),
  by: z.string().max(256),
  reason: z.string().max(1_000),
});

/** A wake-up is armed for this time; the schedule's subject carries it. */
export const WakeArmed = z.object({ type: z.literal('WakeArmed'), dueAt: ms });

export const RunSettled = z.object({
  type: z.literal('RunSettled'),
  status: z.enum(['completed', 'failed', 'cancelled']),
  output: Json.optional(),
  error: Failure.optional(),
  usage: UsageTotals,
  steps: z.int().nonnegative(),
});
export type RunSettled = z.infer<typeof RunSettled>;

export const RunEvent = z.discriminatedUnion('type', [
  RunStarted,
  NodeAdvanced,
  TaskScheduled,
  AttemptClosed,
  NodeSettled,
  LateReport,
  ControlApplied,
  WakeArmed,
  RunSettled,
  VoteRecorded,
  SignalReceived,
  SignalTaken,
]);
export type RunEvent = z.infer<typeof RunEvent>;

/** One message of the run log: everything that one decision changed. */
export const Decision = z.object({
  v: z.literal(1),
  run: Token,
  /** 1, 2, 3 … without a gap. */
  n: z.int().positive(),
  /** `hash` of decision n − 1; empty for the first. */
  prev: z.string(),
  /** Server time of the newest signal decided on, never below the `at` before; milliseconds since 1970. */
  at: ms,
  /** Ids of the signals that were decided on. */
  causes: z.array(z.string()),
  events: z.array(RunEvent),
  /** SHA-256 of the canonical JSON of all other fields. */
  hash: z.string(),
});
export type Decision = z.infer<typeof Decision>;

export type UnsealedDecision = Omit<Decision, 'hash'>;

/** The hash that belongs to a decision. */
export function decisionHash({ v, run, n, prev, at, causes, events }: UnsealedDecision): string {
  return digestOf(canonicalJson({ at, causes, events, n, prev, run, v }));
}

/** Completes a decision with its hash and encodes it. */
export function sealDecision({ v, run, n, prev, at, causes, events }: UnsealedDecision): {
  decision: Decision;
  payload: Uint8Array;
} {
  // The hashed bytes are the stored ones but for the hash itself: encoded once.
  const hashed = Buffer.from(canonicalJson({ at, causes, events, n, prev, run, v }));
  const hash = digestOf(hashed);
  const tail = `,"hash":"${hash}"}`;
  const payload = Buffer.allocUnsafe(hashed.length - 1 + tail.length);
  hashed.copy(payload, 0, 0, hashed.length - 1);
  payload.write(tail, hashed.length - 1, 'latin1');
  return { decision: { v, run, n, prev, at, causes, events, hash }, payload };
}
