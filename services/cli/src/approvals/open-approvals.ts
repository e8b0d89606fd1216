import type { Bus } from '@parley/bus';
import { type OpenApproval, QueryRun, QueryRuns } from '@parley/contracts';
import { ask } from '../ask.ts';
import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';

export interface ApprovalRow extends OpenApproval {
  readonly run: string;
  readonly workflow: string;
}

/** Runs that are looked through, the newest first. */
const RUNS = 200;

/** A conductor that is starting again is waited for. */
const PATIENCE = { patienceMs: 10_000 };

/** What waits for people, in the newest runs of a namespace. */
export async function openApprovals(bus: Bus, ns: string): Promise<ApprovalRow[]> {
  const { runs } = await ask(bus, QueryRuns, { ns }, { limit: RUNS }, PATIENCE);
  const active = runs.filter(({ status }) => status === 'running' || status === 'paused' || status === 'halted');
  const found = await Promise.all(active.map(({ run }) => approvalsOf(bus, ns, run)));
  return found.flat();
}

async function approvalsOf(bus: Bus, ns: string, run: string): Promise<ApprovalRow[]> {
  const { workflow, nodes } = await ask(bus, QueryRun, { ns }, { run }, PATIENCE);
  return nodes.flatMap(({ approval }) => (approval === undefined ? [] : [{ run, workflow, ...approval }]));
}

/** The open approval whose id begins like this. Throws `CliError` when there is none, or more than one. */
export async function findApproval(bus: Bus, ns: string, id: string): Promise<ApprovalRow> {
  const open = await openApprovals(bus, ns);
  const exact = open.find(({ approval }) => approval === id);
  const found = exact === undefined ? open.filter(({ approval }) => approval.startsWith(id)) : [exact];
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  throw new CliError({
    exit: EXIT.noInput,
    code: found.length === 0 ? 'approval_unknown' : 'approval_ambiguous',
    field: 'approval',
    value: id,
    message: found.length === 0 ? 'is not open' : `could be ${found.map(({ approval }) => approval).join(' or ')}`,
    fix: found.length === 0 ? 'see parley approvals' : 'give more of the id',
  });
}
