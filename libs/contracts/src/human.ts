import { z } from 'zod';
import { Json } from './json.ts';
import { Token } from './tokens.ts';

const DAY = 86_400_000;

/** A person's name, as whoever may publish votes says it. */
export const PersonName = z.string().min(1).max(256);

/** The longest that anything waits for people or the world, milliseconds. */
export const LONGEST_WAIT_MS = 400 * DAY;

/** How long people have, milliseconds. */
export const ExpiresMs = z
  .int()
  .min(1_000)
  .max(LONGEST_WAIT_MS)
  .default(7 * DAY);

export const Quorum = z.int().min(1).max(20);
export const People = z.array(PersonName).min(1).max(50);

/** Largest action, edit, answer or event, bytes of JSON: they stand in the run's log. */
export const MAX_VALUE_BYTES = 16_384;

/** JSON of at most `MAX_VALUE_BYTES`. */
export const SmallJson = Json.refine((value) => Buffer.byteLength(JSON.stringify(value)) <= MAX_VALUE_BYTES, {
  message: `has at most ${MAX_VALUE_BYTES} bytes of JSON; send a reference to what is larger`,
});

/** What a vote says: about an approval (`approve`, `reject`), about its text (`edit`), about who decides (`delegate`), or to a question (`answer`). */
export const VoteKind = z.enum(['approve', 'reject', 'edit', 'delegate', 'answer']);
export type VoteKind = z.infer<typeof VoteKind>;

/** A person's word on a request that waits for people. `digest` is that of the action they saw: of any other text it is no vote. */
export const ApprovalDecision = z.object({
  kind: z.literal('approval'),
  /** Id of the request. */
  approval: z.string().min(1).max(256),
  digest: z.string().min(1).max(128),
  decision: VoteKind,
  by: PersonName,
  /** With `edit`: the action as it should be. Earlier votes were on another text and do not count. */
  action: SmallJson.optional(),
  /** With `answer`. */
  answer: SmallJson.optional(),
  /** With `delegate`: who decides in their place. */
  to: PersonName.optional(),
  reason: z.string().max(1_000).optional(),
});
export type ApprovalDecision = z.infer<typeof ApprovalDecision>;

/** Why a vote does not count. */
export const VoteRefusal = z.object({
  code: z.enum([
    'approval_unknown',
    'approval_closed',
    'digest_mismatch',
    'not_an_approver',
    'requester_excluded',
    'already_voted',
    'edit_invalid',
    'delegate_invalid',
    'answer_invalid',
  ]),
  message: z.string().max(1_000),
});
export type VoteRefusal = z.infer<typeof VoteRefusal>;

/** Something that happened outside and that a run may wait for. `event` is the sender's id of it: the same id is the same event. */
export const OutsideEvent = z.object({
  kind: z.literal('event'),
  event: z.string().min(1).max(128),
  name: Token,
  payload: SmallJson.default(null),
  by: PersonName,
});
export type OutsideEvent = z.infer<typeof OutsideEvent>;

/** Events that a run keeps until something waits for them. */
export const MAX_INBOX = 100;

const name = z.string().min(1).max(128);

/** What an agent asks of people: the answer to a question, or the approval of one exact action. */
export const HumanRequest = z.object({
  /** The agent's own name of the step; the answer is journaled under it. */
  name,
  ask: z.enum(['answer', 'approval']),
  title: z.string().min(1).max(1_000),
  /** What is to be approved, or what belongs to the question. */
  action: SmallJson.default(null),
  /** With `ask: answer`: one of these. */
  options: z.array(z.string().max(200)).min(1).max(50).optional(),
  /** With `ask: answer`: JSON Schema of the answer, for whoever asks; the agent checks it. */
  schema: z.record(z.string(), Json).optional(),
  approvers: People.optional(),
  quorum: Quorum.default(1),
  expiresMs: ExpiresMs,
  /** The answer when nobody gave one; without it the task fails as `question_expired`. */
  fallback: SmallJson.optional(),
  /** Digest of the request as the agent made it: an answer goes to exactly this question. */
  request: z.string().min(1).max(128),
});
export type HumanRequest = z.infer<typeof HumanRequest>;

/** What became of a request, for the attempt that goes on with it. */
export const HumanAnswer = z.object({
  name,
  request: z.string(),
  /** The attempt that asked: what it journaled as asked is answered. */
  attempt: z.int().positive(),
  outcome: z.enum(['answered', 'approved', 'rejected', 'expired']),
  /** The answer, or the action as it was approved. */
  value: Json,
  by: z.array(PersonName),
  edited: z.boolean().default(false),
  reason: z.string().nullable().default(null),
});
export type HumanAnswer = z.infer<typeof HumanAnswer>;

/**
 * A request that waits for people, or what became of it: one durable work item. `version` counts its changes; a newer one is never overwritten by an older one. Times in milliseconds since 1970;
 * no `approvers` means anyone.
 */
export const WorkItem = z.object({
  approval: z.string(),
  version: z.int().positive(),
  status: z.enum(['open', 'approved', 'rejected', 'answered', 'expired', 'cancelled']),
  /** Of an agent, `answer` or `approval`; of a workflow's own step, `approval`. */
  ask: z.enum(['answer', 'approval']),
  run: Token,
  workflow: Token,
  path: z.string(),
  title: z.string(),
  action: Json,
  options: z.array(z.string()).optional(),
  digest: z.string(),
  approvers: z.array(z.string()),
  quorum: z.int(),
  votes: z.array(z.string()),
  edited: z.boolean(),
  escalated: z.boolean(),
  /** When others are asked too; null when nobody is, or all are. */
  dueAt: z.int().nullable(),
  expiresAt: z.int(),
  /** Who started the run, where that is known. */
  requester: z.string().nullable(),
  /** Of whoever decided. */
  reason: z.string().nullable(),
});
export type WorkItem = z.infer<typeof WorkItem>;
