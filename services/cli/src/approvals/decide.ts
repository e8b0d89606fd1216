import { randomUUID } from 'node:crypto';
import type { Bus } from '@parley/bus';
import type { ApprovalDecision, WorkItem } from '@parley/contracts';
import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';
import { sendSignal } from '../run/send-signal.ts';
import { newerThan } from './work-items.ts';

const SHOWN_WITHIN_MS = 10_000;

/** Says a word about an item as it is shown, and waits until the run has taken it up. Answers the item as it is then. Throws `CliError` with the reason when it does not count. */
export async function decide(
  bus: Bus,
  ns: string,
  item: WorkItem,
  word: Omit<ApprovalDecision, 'kind' | 'approval' | 'digest'>,
): Promise<WorkItem> {
  const { approval, digest, run } = item;
  const body = { kind: 'approval' as const, approval, digest, ...word };
  const events = await sendSignal(bus, ns, run, body, `approval-${randomUUID()}`);
  const recorded = events.find(
    (event) =>
      event.type === 'VoteRecorded' &&
      event.approval === approval &&
      event.by === word.by &&
      event.decision === word.decision,
  );
  if (recorded?.type === 'VoteRecorded' && recorded.refused !== undefined) {
    const { code, message } = recorded.refused;
    throw new CliError({ exit: EXIT.badData, code, field: 'approval', value: approval, message });
  }
  const newer = await newerThan(bus, ns, item, SHOWN_WITHIN_MS);
  if (newer !== undefined) return newer;
  throw new CliError({
    exit: EXIT.unavailable,
    code: 'timeout',
    field: 'approval',
    value: approval,
    message: 'the decision counts, but its work item is not written yet',
    fix: 'look at the run with parley show',
  });
}
