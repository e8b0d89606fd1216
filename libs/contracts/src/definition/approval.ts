import { z } from 'zod';
import { ExpiresMs, LONGEST_WAIT_MS, People, Quorum } from '../human.ts';
import { base } from './base.ts';
import { Expression, Template } from './template.ts';

/**
 * Waits for people to decide on one exact action. What they decide on is pinned by a digest: a decision on another text changes nothing. Output: `{ approved, by, action, edited, reason }`;
 * `action` is as it was edited. Asked only when `askWhen` holds (low confidence, high stakes); else it is approved at once, by nobody.
 */
export const ApprovalDef = z.strictObject({
  ...base,
  kind: z.literal('approval'),
  title: z.string().min(1).max(200),
  /** What is approved; left out, what a task in this place would get as its input. */
  action: Template.optional(),
  askWhen: Expression.optional(),
  /** Who may decide; anyone when left out. */
  approvers: People.optional(),
  /** Different people who must approve; one rejection is enough to reject. */
  quorum: Quorum.default(1),
  /** Whether whoever started the run may decide. Left out: not where approvers are listed. */
  requester: z.enum(['excluded', 'allowed']).optional(),
  /** Whether approvers may change the action before they approve it. */
  editable: z.boolean().default(true),
  /** Undecided for so long, `escalateTo` may decide too; milliseconds. */
  slaMs: z.int().min(1_000).max(LONGEST_WAIT_MS).optional(),
  escalateTo: People.optional(),
  /** Undecided for so long it is over; milliseconds. */
  expiresMs: ExpiresMs,
  /** `reject` ends as `onReject` says, `fail` always fails, both as `approval_expired`. */
  onExpiry: z.enum(['reject', 'approve', 'fail']).default('reject'),
  /** `fail`: a rejection fails the node as `approval_rejected`, an expiry as `approval_expired`. */
  onReject: z.enum(['fail', 'continue']).default('fail'),
});
export type ApprovalDef = z.infer<typeof ApprovalDef>;
