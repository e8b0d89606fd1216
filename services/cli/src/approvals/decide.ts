import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { type Bus, composeStored } from '@parley/bus';
import { type ApprovalDecision, partitionOf, QueryRun, RunSignal } from '@parley/contracts';
import { ask } from '../ask.ts';
import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';
import type { ApprovalRow } from './open-approvals.ts';

const APPLIED_WITHIN_MS = 5_000;
const AGAIN_MS = 50;

/** What became of a decision: the approval is closed, or still open with what it says now. */
export interface Decided {
  readonly approval: string;
  readonly run: string;
  readonly open: boolean;
  readonly votes: readonly string[];
  readonly quorum: number;
}

/** Sends a decision and waits until the run has taken it up. Throws `CliError` when it is not allowed or had no effect. */
export async function decide(
  bus: Bus,
  ns: string,
  row: ApprovalRow,
  word: Omit<ApprovalDecision, 'kind' | 'approval' | 'digest'>,
): Promise<Decided> {
  const { approval, digest, run, approvers, quorum } = row;
  if (approvers.length > 0 && !approvers.includes(word.by)) {
    throw refused('--by', word.by, `may not decide on it; ${approvers.join(', ')} may`, 'decide as one of them');
  }
  if (word.decision === 'approve' && row.votes.includes(word.by))
    throw refused('--by', word.by, 'has approved it already', 'let somebody else approve it');
  const body = { kind: 'approval' as const, approval, digest, ...word };
  const id = `approval-${randomUUID()}`;
  const subject = { ns, partition: partitionOf(run), runId: run };
  await bus.storeOne(composeStored(RunSignal, subject, body, { id, source: '/cli' }, bus.now()));
  const before = JSON.stringify(openOf(row));
  const until = performance.now() + APPLIED_WITHIN_MS;
  for (;;) {
    const { nodes } = await ask(bus, QueryRun, { ns }, { run });
    const now = nodes.find((node) => node.approval?.approval === approval)?.approval;
    if (now === undefined) return { approval, run, open: false, votes: [...row.votes, word.by], quorum };
    if (JSON.stringify(openOf(now)) !== before) return { approval, run, open: true, votes: now.votes, quorum };
    if (performance.now() > until)
      throw refused(
        'approval',
        approval,
        'did not change: what was decided on may not be what is asked now',
        'look at it again with parley approvals',
      );
    await wait(AGAIN_MS);
  }
}

const openOf = ({ digest, votes, approvers }: Pick<ApprovalRow, 'digest' | 'votes' | 'approvers'>) => ({
  digest,
  votes,
  approvers,
});

const refused = (field: string, value: string, message: string, fix: string): CliError =>
  new CliError({ exit: EXIT.badData, code: 'decision_refused', field, value, message, fix });
