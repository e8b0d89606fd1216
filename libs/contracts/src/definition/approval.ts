import { z } from 'zod';
import { base } from './base.ts';
import { Expression, Template } from './template.ts';

const DAY = 86_400_000;

/**
 * Waits for people to decide on one exact action. What they decide on is pinned by a digest: a decision on another text changes nothing. Output: `{ approved, by, action, edited, reason }`;
 * `action` is as it was edited. Asked only when `askWhen` holds (low confidence, high stakes); else it is approved at once, by nobody.
 */
export const ApprovalDef = z.strictObject({
  ...base,
  kind: z.literal('approval'),
  title: z.string().min(1).max(200),
  action: Template,
  askWhen: Expression.optional(),
  /** Who may decide; anyone when left out. */
  approvers: z.array(z.string().min(1).max(256)).min(1).max(50).optional(),
  /** Different people who must approve; one rejection is enough to reject. */
  quorum: z.int().min(1).max(20).default(1),
  /** Undecided for so long, `escalateTo` may decide too; milliseconds. */
  slaMs: z
    .int()
    .min(1_000)
    .max(400 * DAY)
    .optional(),
  escalateTo: z.array(z.string().min(1).max(256)).min(1).max(50).optional(),
  /** Undecided for so long it is over; milliseconds. */
  expiresMs: z
    .int()
    .min(1_000)
    .max(400 * DAY)
    .default(7 * DAY),
  onExpiry: z.enum(['reject', 'approve']).default('reject'),
  /** `fail`: a rejection fails the node as `approval_rejected`, an expiry as `approval_expired`. */
  onReject: z.enum(['fail', 'continue']).default('fail'),
});
export type ApprovalDef = z.infer<typeof ApprovalDef>;

/** A person's word on an approval. `digest` is that of the action they saw. */
export const ApprovalDecision = z.object({
  kind: z.literal('approval'),
  /** Id of the approval. */
  approval: z.string().min(1).max(256),
  digest: z.string().min(1).max(128),
  decision: z.enum(['approve', 'reject', 'edit', 'delegate']),
  by: z.string().min(1).max(256),
  /** With `edit`: the action as it should be. Earlier approvals were of another text and do not count. */
  action: z.json().optional(),
  /** With `delegate`: who decides in their place. */
  to: z.string().min(1).max(256).optional(),
  reason: z.string().max(1_000).optional(),
});
export type ApprovalDecision = z.infer<typeof ApprovalDecision>;
