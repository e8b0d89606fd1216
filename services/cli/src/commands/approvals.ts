import { userInfo } from 'node:os';
import type { ApprovalDecision } from '@parley/contracts';
import type { Command } from 'commander';
import { decide } from '../approvals/decide.ts';
import { findApproval, openApprovals } from '../approvals/open-approvals.ts';
import { table } from '../output/table.ts';
import type { Terminal } from '../output/terminal.ts';
import { createCommand, withTarget } from '../program.ts';
import { readInput } from '../run/read-input.ts';
import type { TargetFlags } from '../target.ts';
import { withBus } from './with-bus.ts';

export function approvalsCommand({ out }: Terminal): Command {
  return withTarget(createCommand('approvals'))
    .description('list what waits for people to decide on')
    .action(async (flags: TargetFlags & { json?: true }) => {
      const approvals = await withBus(flags, (bus, { namespace }) => openApprovals(bus, namespace));
      if (flags.json) return out(JSON.stringify({ approvals }));
      const rows = approvals.map(({ approval, workflow, title, action, votes, quorum, approvers, expiresAt }) => [
        approval,
        workflow,
        title,
        shortened(JSON.stringify(action)),
        `${votes.length}/${quorum}`,
        approvers.join(', ') || 'anyone',
        new Date(expiresAt).toISOString(),
      ]);
      const head = ['APPROVAL', 'WORKFLOW', 'TITLE', 'ACTION', 'VOTES', 'WHO', 'EXPIRES'];
      out(rows.length === 0 ? 'nothing waits for approval' : table([head, ...rows]));
    });
}

interface Flags extends TargetFlags {
  readonly by: string;
  readonly reason?: string;
  readonly edit?: string;
  readonly to?: string;
  readonly json?: true;
}

/** A command that says one thing about an approval. `words` makes it of the flags, in the order in which it is said. */
const decisionCommand =
  (
    name: string,
    description: string,
    words: (flags: Flags) => Promise<Omit<ApprovalDecision, 'kind' | 'approval' | 'digest' | 'by'>[]>,
    more: (command: Command) => Command = (command) => command,
  ) =>
  ({ out }: Terminal): Command =>
    more(withTarget(createCommand(name)))
      .description(description)
      .argument('<approval>', 'its id, or how that begins')
      .option('--by <name>', 'who decides (default: the user of this computer)', userInfo().username)
      .option('--reason <text>', 'why')
      .action(async (id: string, flags: Flags) => {
        const spoken = await words(flags);
        const decided = await withBus(flags, async (bus, { namespace }) => {
          let last: Awaited<ReturnType<typeof decide>> | undefined;
          for (const word of spoken) {
            const reason = flags.reason === undefined ? {} : { reason: flags.reason };
            last = await decide(bus, namespace, await findApproval(bus, namespace, id), {
              ...word,
              ...reason,
              by: flags.by,
            });
          }
          return last;
        });
        if (decided === undefined || flags.json) return out(JSON.stringify(decided));
        const { approval, open, votes, quorum } = decided;
        out(open ? `${approval} waits: ${votes.length} of ${quorum} have approved` : `${approval} is decided`);
      });

export const decisionCommands = [
  decisionCommand(
    'approve',
    'approve what waits for it; with --edit as it should be',
    async ({ edit }) => {
      const approve = { decision: 'approve' } as const;
      return edit === undefined ? [approve] : [{ decision: 'edit', action: await readInput(edit) }, approve];
    },
    (command) => command.option('--edit <json>', 'the action as it should be: JSON, @file, or - for standard input'),
  ),
  decisionCommand('reject', 'reject what waits for approval', () => Promise.resolve([{ decision: 'reject' as const }])),
  decisionCommand(
    'delegate',
    'let somebody else decide in your place',
    ({ to }) => Promise.resolve([{ decision: 'delegate' as const, ...(to === undefined ? {} : { to }) }]),
    (command) => command.requiredOption('--to <name>', 'who decides instead'),
  ),
];

const SHOWN = 60;
const shortened = (text: string): string =>
  text.length <= SHOWN ? text : `${text.slice(0, SHOWN - 1).toWellFormed()}…`;
