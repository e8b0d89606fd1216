import type { WorkItem } from '@parley/contracts';

const SHOWN = 60;

export const shortened = (text: string): string =>
  text.length <= SHOWN ? text : `${text.slice(0, SHOWN - 1).toWellFormed()}…`;

/** What is waited for, of whom, and until when. */
export function waitingText(
  item: Pick<WorkItem, 'ask' | 'title' | 'approvers' | 'votes' | 'quorum' | 'expiresAt'>,
): string {
  const { ask, title, approvers, votes, quorum, expiresAt } = item;
  const who = approvers.length === 0 ? 'anyone' : approvers.join(', ');
  const until = new Date(expiresAt).toISOString();
  if (ask === 'answer') return `waits for an answer of ${who} until ${until}: ${title}`;
  return `waits for approval by ${who} (${votes.length} of ${quorum}) until ${until}: ${title}`;
}

/** What became of a decision. */
export function decidedText({ approval, status, ask, votes, quorum }: WorkItem): string {
  if (status !== 'open') return `${approval} is ${status}`;
  return ask === 'answer'
    ? `${approval} waits for an answer`
    : `${approval} waits: ${votes.length} of ${quorum} have approved`;
}
