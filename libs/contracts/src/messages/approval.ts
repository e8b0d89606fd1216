import { defineMessage } from '../define-message.ts';
import { WorkItem } from '../human.ts';

/** What waits for people, and what became of it: the newest version of each request. Written from the log of its run, which alone counts. */
export const ApprovalItem = defineMessage({
  type: 'approval.item',
  subject: 'parley.v1.approval.item.{ns}.{runId}.{approvalId}',
  delivery: 'APPROVALS',
  from: ['conductor'],
  to: ['cli'],
  performative: 'request',
  why: 'a work item for people; a version is stored only over an older one',
  body: WorkItem,
});
