import { type HandoffRequest, parseTaskId } from '@parley/contracts';
import { close } from './advance.ts';
import { openAttempt } from './attempt.ts';
import type { Draft } from './draft.ts';
import { lateKey } from './evolve.ts';
import { objectionTo } from './handoff.ts';
import type { SignalOf } from './signals.ts';
import { type EventOf, isTask, type TaskNode } from './state.ts';
import { nodeAt } from './tree.ts';

/** Late reports on record per run; the ones after that change nothing. */
export const MAX_LATE = 256;

type LateReason = EventOf<'LateReport'>['reason'];

/** Applies the first report of an open attempt. The same report again changes nothing; any other is late, on record once. */
export function applyReport(draft: Draft, signal: SignalOf<'report'>): void {
  const { agent, report } = signal;
  const task = taskOf(draft, report.task);
  if (task?.node.closedBy[report.attempt - 1] === agent) return;
  const reason = refusalOf(draft, signal, task);
  if (reason !== undefined || task === undefined) {
    late(draft, { task: report.task, attempt: report.attempt, agent, reason: reason ?? 'task_unknown' });
    return;
  }
  const { attempt, usage, instance } = report;
  const closing = { attempt, usage, by: { agent, instance } };
  switch (report.kind) {
    case 'result':
      close(draft, task.path, { ...closing, outcome: 'result', output: report.output });
      return;
    case 'failed':
      close(draft, task.path, { ...closing, outcome: 'failed', error: report.error });
      return;
    case 'parked':
      close(draft, task.path, {
        ...closing,
        outcome: 'parked',
        error: { code: 'parked', message: report.reason, retryable: true },
      });
      return;
    case 'ask':
      close(draft, task.path, { ...closing, outcome: 'asked', ask: report.request });
      return;
    case 'handoff': {
      const { def, node } = draft.locate(task.path);
      if (def.kind !== 'task' || node?.status !== 'open' || !isTask(node)) throw new Error(`${task.path} is not open`);
      const handoff = requestOf(report);
      const error = objectionTo(def, node, agent, handoff);
      close(draft, task.path, {
        ...closing,
        outcome: 'handoff',
        handoff,
        ...(error === undefined ? {} : { error }),
      });
      return;
    }
  }
}

/** Closes an attempt that no agent takes, while it is open and not fenced. */
export function applyUnroutable(draft: Draft, { task: id, attempt, reason }: SignalOf<'unroutable'>): void {
  const task = taskOf(draft, id);
  const run = draft.active;
  if (task === undefined || run === undefined) return;
  const open = openAttempt(draft, task.path);
  if (open?.attempt !== attempt || open.epoch < run.fence) return;
  close(draft, task.path, {
    attempt,
    outcome: 'unroutable',
    error: { code: 'unroutable', message: reason, retryable: false },
  });
}

/** Gives a task that was offered back to its giver, while the offer is out and not fenced. */
export function applyOfferRefused(draft: Draft, { task: id, attempt, refusals }: SignalOf<'offer_refused'>): void {
  const task = taskOf(draft, id);
  const run = draft.active;
  if (task === undefined || run === undefined || task.node.status !== 'open') return;
  const { handoffs, epoch, closedBy } = task.node;
  if (closedBy.length + 1 !== attempt || epoch < run.fence || handoffs?.offer === undefined) return;
  close(draft, task.path, { attempt, outcome: 'refused', refusals });
}

/** The request in a report, without what every report has. */
function requestOf(report: SignalOf<'report'>['report'] & { kind: 'handoff' }): HandoffRequest {
  const { to, capability, reason, priority, brief, input, continuation } = report;
  return {
    ...(to === undefined ? {} : { to }),
    ...(capability === undefined ? {} : { capability }),
    reason,
    priority,
    brief,
    ...(input === undefined ? {} : { input }),
    continuation,
  };
}

/** Why a report is not applied; undefined when it is. */
function refusalOf(
  draft: Draft,
  { tokenValid, report }: SignalOf<'report'>,
  task: { path: string } | undefined,
): LateReason | undefined {
  const run = draft.active;
  if (run === undefined) return 'run_settled';
  if (task === undefined) return 'task_unknown';
  if (!tokenValid) return 'lease_invalid';
  const open = openAttempt(draft, task.path);
  const isOpen = open?.attempt === report.attempt;
  if (report.epoch < run.fence || (isOpen && open.epoch < run.fence)) return 'fenced';
  return isOpen ? undefined : 'attempt_closed';
}

function taskOf(draft: Draft, id: string): { path: string; node: TaskNode } | undefined {
  const parsed = parseTaskId(id);
  if (
    parsed === undefined ||
    draft.state.status === 'new' ||
    parsed.run !== draft.state.run ||
    !/^0(\.\d+)*$/.test(parsed.path)
  )
    return undefined;
  const node = nodeAt(draft.state.root, parsed.path);
  return node !== undefined && isTask(node) ? { path: parsed.path, node } : undefined;
}

function late(draft: Draft, report: Omit<EventOf<'LateReport'>, 'type'>): void {
  if (draft.state.status === 'new' || draft.state.late.length >= MAX_LATE) return;
  if (draft.state.late.includes(lateKey(report.task, report.attempt, report.agent))) return;
  draft.emit({ type: 'LateReport', ...report });
}
