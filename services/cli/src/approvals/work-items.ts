import { setTimeout as wait } from 'node:timers/promises';
import type { Bus } from '@parley/bus';
import { ApprovalItem, type WorkItem } from '@parley/contracts';
import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';

/** Work items that are looked through, the newest first. */
const MOST = 10_000;

/** An item is written right after the decision that it comes from; milliseconds that it gets. */
const APPEARS_WITHIN_MS = 2_000;
const AGAIN_MS = 50;

/** What waits for people in a namespace, the newest first; with `all` also what did. */
export async function workItems(bus: Bus, ns: string, { all = false } = {}): Promise<WorkItem[]> {
  const stored = await bus.lastPerSubject('APPROVALS', ApprovalItem.filter({ ns }), MOST);
  return stored.map(({ payload }) => ApprovalItem.decode(payload)).filter(({ status }) => all || status === 'open');
}

/** The item whose id begins like this, where that is one: of the open ones, else of all. Throws `CliError` when there is none, or more than one. */
export async function findWorkItem(bus: Bus, ns: string, id: string): Promise<WorkItem> {
  const until = performance.now() + APPEARS_WITHIN_MS;
  for (;;) {
    const all = await workItems(bus, ns, { all: true });
    const alike = all.filter(({ approval }) => approval.startsWith(id));
    const open = alike.filter(({ status }) => status === 'open');
    const found = all.filter(({ approval }) => approval === id);
    const chosen = found.length > 0 ? found : open.length > 0 ? open : alike;
    const [only] = chosen;
    if (only !== undefined && chosen.length === 1) return only;
    if (only !== undefined) throw ambiguous(id, chosen);
    if (performance.now() > until) throw unknown(id);
    await wait(AGAIN_MS);
  }
}

/** The item once it has a newer version than this one. */
export async function newerThan(bus: Bus, ns: string, item: WorkItem, withinMs: number): Promise<WorkItem | undefined> {
  const subject = ApprovalItem.toSubject({ ns, runId: item.run, approvalId: item.approval });
  const until = performance.now() + withinMs;
  for (;;) {
    const stored = await bus.last('APPROVALS', subject);
    const now = stored === undefined ? undefined : ApprovalItem.decode(stored.payload);
    if (now !== undefined && now.version > item.version) return now;
    if (performance.now() > until) return undefined;
    await wait(AGAIN_MS);
  }
}

const unknown = (id: string): CliError =>
  new CliError({
    exit: EXIT.noInput,
    code: 'approval_unknown',
    field: 'approval',
    value: id,
    message: 'nothing waits for people under this id',
    fix: 'see parley approvals --all',
  });

const ambiguous = (id: string, found: readonly WorkItem[]): CliError =>
  new CliError({
    exit: EXIT.noInput,
    code: 'approval_ambiguous',
    field: 'approval',
    value: id,
    message: `could be ${found.map(({ approval }) => approval).join(' or ')}`,
    fix: 'give more of the id',
  });
