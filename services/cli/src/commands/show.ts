import type { Command } from 'commander';
import { runTree } from '../output/run-tree.ts';
import type { Terminal } from '../output/terminal.ts';
import { createCommand, withTarget } from '../program.ts';
import { readRun } from '../run/read-run.ts';
import { requireToken, type TargetFlags } from '../target.ts';
import { withBus } from './with-bus.ts';

export function showCommand({ out }: Terminal): Command {
  return withTarget(createCommand('show'))
    .description('show one run: its nodes, who worked on them and why, its usage and outcome')
    .argument('<run>', 'run id')
    .action(async (runId: string, flags: TargetFlags & { json?: true }) => {
      requireToken('run', runId);
      const report = await withBus(flags, (bus, { namespace }) => readRun(bus, namespace, runId));
      const { run, awards, ledger } = report;
      out(
        flags.json ? JSON.stringify({ ...run, awards, ...(ledger === undefined ? {} : { ledger }) }) : runTree(report),
      );
    });
}
