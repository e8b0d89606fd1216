import { QueryRuns } from '@parley/contracts';
import type { Command } from 'commander';
import { ask } from '../ask.ts';
import { table } from '../output/table.ts';
import type { Terminal } from '../output/terminal.ts';
import { createCommand, wholeNumber, withTarget } from '../program.ts';
import type { TargetFlags } from '../target.ts';
import { withBus } from './with-bus.ts';

interface Flags extends TargetFlags {
  readonly limit: number;
  readonly json?: true;
}

export function runsCommand({ out }: Terminal): Command {
  return withTarget(createCommand('runs'))
    .description('list the newest runs')
    .option('--limit <n>', 'at most this many, 1 to 1000', wholeNumber, 20)
    .action(async (flags: Flags) => {
      const { runs } = await withBus(flags, (bus, { namespace }) =>
        ask(bus, QueryRuns, { ns: namespace }, { limit: flags.limit }),
      );
      if (flags.json) return out(JSON.stringify({ runs }));
      const rows = runs.map(({ run, workflow, status, startedAt, updatedAt }) => [
        run,
        workflow,
        status,
        new Date(startedAt).toISOString(),
        `${((updatedAt - startedAt) / 1_000).toFixed(1)} s`,
      ]);
      out(rows.length === 0 ? 'no runs yet' : table([['RUN', 'WORKFLOW', 'STATUS', 'STARTED', 'TOOK'], ...rows]));
    });
}
