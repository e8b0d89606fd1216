import {
  type ApprovalDecision,
  canonicalJson,
  digestOf,
  type Json,
  type VoteRefusal,
  type WorkItem,
} from '@parley/contracts';

/** Edits of one action; a person who wants more rejects it. */
const MAX_EDITS = 100;

/** A request that waits for people: one exact text, who may decide on it, and who has. JSON, kept in the log with each change. */
export type Ballot = {
  title: string;
  action: Json;
  /** SHA-256 over run, place and action: what a vote must name. */
  digest: string;
  /** Who may decide; empty is anyone. */
  approvers: string[];
  /** Who started the run, where they may not decide. */
  excluded: string | null;
  quorum: number;
  /** Who has approved this text. */
  votes: string[];
  edits: number;
  escalated: boolean;
  /** When it is over, and when others are asked too; milliseconds since 1970. */
  expiresAt: number;
  escalatesAt: number | null;
  /** Counts the changes; 0: nobody was asked. */
  version: number;
  ended: Exclude<WorkItem['status'], 'open' | 'cancelled'> | null;
  reason: string | null;
};

/** What is decided on differs by where it stands. */
export interface VotingRules {
  readonly ask: WorkItem['ask'];
  readonly editable: boolean;
  /** Why an answer does not do. */
  faultOf?(answer: Json): string | undefined;
  digest(action: Json): string;
}

export const digestAt = (place: { run: string; path: string; attempt?: number }, action: Json): string =>
  digestOf(canonicalJson({ ...place, action }));

const refusal = (code: VoteRefusal['code'], message: string): { refused: VoteRefusal } => ({
  refused: { code, message: message.slice(0, 1_000) },
});

export const closed = (message: string): { refused: VoteRefusal } => refusal('approval_closed', message);
export const unknown = (id: string): { refused: VoteRefusal } =>
  refusal('approval_unknown', `nothing in this run waits as ${id}; see parley approvals`);

/** What a vote makes of a ballot that is open. One that is not allowed, late or about another text changes nothing and says why. */
export function vote(
  ballot: Ballot,
  word: Omit<ApprovalDecision, 'kind'>,
  rules: VotingRules,
  now: number,
): { refused: VoteRefusal } | { ballot: Ballot } {
  const { by, decision, digest } = word;
  if (ballot.ended !== null) return closed(`it is ${ballot.ended}`);
  if (now >= ballot.expiresAt) return closed(`it expired at ${ballot.expiresAt}`);
  if (digest !== ballot.digest)
    return refusal('digest_mismatch', `what is asked has the digest ${ballot.digest}, not ${digest}; look at it again`);
  if (ballot.excluded === by)
    return refusal('requester_excluded', `${by} started the run and may not decide on it; ask somebody else`);
  if (ballot.approvers.length > 0 && !ballot.approvers.includes(by))
    return refusal('not_an_approver', `${by} may not decide on it; ${ballot.approvers.join(', ')} may`);
  const changed = (more: Partial<Ballot>): { ballot: Ballot } => ({
    ballot: { ...ballot, ...more, version: ballot.version + 1 },
  });
  const reason = word.reason ?? null;
  switch (decision) {
    case 'approve': {
      if (rules.ask === 'answer') return refusal('answer_invalid', 'it is a question; answer it');
      if (ballot.votes.includes(by))
        return refusal('already_voted', `${by} has approved it already; somebody else must`);
      const votes = [...ballot.votes, by];
      return changed(votes.length >= ballot.quorum ? { votes, ended: 'approved', reason } : { votes });
    }
    case 'reject':
      return changed({ votes: [...ballot.votes.filter((one) => one !== by), by], ended: 'rejected', reason });
    case 'answer': {
      if (rules.ask !== 'answer') return refusal('answer_invalid', 'it is no question; approve or reject it');
      const answer = word.answer as Json | undefined;
      const fault = answer === undefined ? 'there is no answer' : rules.faultOf?.(answer);
      if (answer === undefined || fault !== undefined) return refusal('answer_invalid', fault ?? '');
      return changed({ votes: [by], ended: 'answered', reason });
    }
    case 'edit': {
      const action = word.action as Json | undefined;
      if (!rules.editable || rules.ask === 'answer') return refusal('edit_invalid', 'it may not be edited; reject it');
      if (action === undefined) return refusal('edit_invalid', 'an edit says in `action` what it should be');
      if (ballot.edits >= MAX_EDITS) return refusal('edit_invalid', `it was edited ${MAX_EDITS} times; reject it`);
      return changed({ action, digest: rules.digest(action), votes: [], edits: ballot.edits + 1 });
    }
    case 'delegate': {
      const { to } = word;
      if (to === undefined) return refusal('delegate_invalid', '`to` says who decides instead');
      if (ballot.approvers.length === 0) return refusal('delegate_invalid', 'anyone may decide on it');
      if (ballot.approvers.includes(to)) return refusal('delegate_invalid', `${to} may decide on it already`);
      if (ballot.excluded === to)
        return refusal('requester_excluded', `${to} started the run and may not decide on it`);
      if (ballot.votes.includes(by) || ballot.votes.includes(to))
        return refusal('already_voted', `${by} or ${to} has voted; a vote is not given away`);
      return changed({ approvers: ballot.approvers.map((one) => (one === by ? to : one)) });
    }
  }
}

/** Undecided for too long: others may decide too. */
export function escalated(ballot: Ballot, also: readonly string[]): Ballot {
  const approvers = ballot.approvers.length === 0 ? [] : [...new Set([...ballot.approvers, ...also])];
  return { ...ballot, approvers, escalated: true, version: ballot.version + 1 };
}

export const ended = (ballot: Ballot, how: NonNullable<Ballot['ended']>, reason: string | null): Ballot => ({
  ...ballot,
  ended: how,
  reason,
  version: ballot.version + 1,
});

/** Why so many people can never approve it; undefined when they can. `also`: who may decide too, later. */
export function unreachable({ approvers, excluded, quorum }: Ballot, also: readonly string[] = []): string | undefined {
  const able = new Set([...approvers, ...also].filter((one) => one !== excluded));
  if (approvers.length === 0 || able.size >= quorum) return undefined;
  const who = excluded === null ? '' : `, since ${excluded} started the run`;
  return `${quorum} must approve, but only ${able.size} may${who}; name more approvers, or a lower quorum`;
}

/** When a ballot that is open is to be looked at. */
export const dueAtOf = ({ escalated: isEscalated, escalatesAt, expiresAt }: Ballot): number =>
  isEscalated || escalatesAt === null ? expiresAt : Math.min(escalatesAt, expiresAt);
