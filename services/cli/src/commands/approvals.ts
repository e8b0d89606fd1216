import { userInfo } from 'node:os';
import type { ApprovalDecision, WorkItem } from '@parley/contracts';
import type { Command } from 'commander';
import { decide } from '../approvals/decide.ts';
import { findWorkItem, workItems } from '../approvals/work-items.ts';
import { table } from '../output/table.ts';
import type { Terminal } from '../output/terminal.ts';
import { decidedText, shortened } from '../output/work-item-text.ts';
import { createCommand, withTarget } from '../program.ts';
import { readInput } from '../run/read-input.ts';
import type { TargetFlags } from '../target.ts';
import { withBus } from './with-bus.ts';

export function approvalsCommand({ out }: Terminal): Command {
  return withTarget(createCommand('approvals'))
    .description('list what waits for people to decide on')
    .option('--all', 'also what is decided, expired or cancelled')
    .action(async (flags: TargetFlags & { json?: true; all?: true }) => {
      const all = flags.all === true;
      const approvals = await withBus(flags, (bus, { namespace }) => workItems(bus, namespace, { all }));
      if (flags.json) return out(JSON.stringify({ approvals }));
      const rows = approvals.map(
        ({ approval, workflow, status, title, action, votes, quorum, approvers, expiresAt }) => [
          approval,
          workflow,
          ...(all ? [status] : []),
          title,
          shortened(JSON.stringify(action)),
          `${votes.length}/${quorum}`,
          approvers.join(', ') || 'anyone',
          new Date(expiresAt).toISOString(),
        ],
      );
      const head = ['APPROVAL', 'WORKFLOW', ...(all ? ['STATUS'] : []), 'TITLE', 'ACTION', 'VOTES', 'WHO', 'EXPIRES'];
      out(rows.length === 0 ? 'nothing waits for approval' : table([head, ...rows]));
    });
}

interface Flags extends TargetFlags {
  readonly by: string;
  readonly reason?: string;
  readonly edit?: string;
  readonly to?: string;
  readonly value?: string;
  readonly json?: true;
}

type Word = Omit<ApprovalDecision, 'kind' | 'approval' | 'digest' | 'by' | 'reason'>;

/** A command that says something about an approval. `words` makes it of the flags, in the order in which it is said. */
const decisionCommand =
  (
    name: string,
    description: string,
    words: (flags: Flags) => Promise<readonly Word[]>,
    more: (command: Command) => Command = (command) => command,
  ) =>
  ({ out }: Terminal): Command =>
    more(withTarget(createCommand(name)))
      .description(description)
      .argument('<approval>', 'its id, or how that begins')
      .option('--by <name>', 'who decides (default: the user of this computer)', userInfo().username)
      .option('--reason <text>', 'why')
      .action(async (id: string, flags: Flags) => {
        const { by, reason } = flags;
        const spoken = await words(flags);
        const decided = await withBus(flags, async (bus, { namespace }): Promise<WorkItem> => {
          let item = await findWorkItem(bus, namespace, id);
          for (const word of spoken)
            item = await decide(bus, namespace, item, { ...word, by, ...(reason === undefined ? {} : { reason }) });
          return item;
        });
        out(flags.json ? JSON.stringify(decided) : decidedText(decided));
      });

export const decisionCommands = [
  decisionCommand(
    'approve',
    'approve what waits for it; with --edit as it should be',
    async ({ edit }) => {
      const approve = { decision: 'approve' } as const;
      return edit === undefined ? [approve] : [{ decision: 'edit', action: await readInput(edit, '--edit') }, approve];
    },
    (command) => command.option('--edit <json>', 'the action as it should be: JSON, @file, or - for standard input'),
  ),
  decisionCommand('reject', 'reject what waits for approval, or a question', () =>
    Promise.resolve([{ decision: 'reject' as const }]),
  ),
  decisionCommand(
    'answer',
    'answer a question of an agent',
    async ({ value = '' }) => [{ decision: 'answer', answer: await readInput(value, '--value') }],
    (command) => command.requiredOption('--value <json>', 'the answer: JSON, @file, or - for standard input'),
  ),
  decisionCommand(
    'delegate',
    'let somebody else decide in your place',
    ({ to }) => Promise.resolve([{ decision: 'delegate' as const, ...(to === undefined ? {} : { to }) }]),
    (command) => command.requiredOption('--to <name>', 'who decides instead'),
  ),
];
