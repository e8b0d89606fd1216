import { QueryWorkflows } from '@parley/contracts';
import type { Command } from 'commander';
import { ask } from '../../ask.ts';
import { table } from '../../output/table.ts';
import type { Terminal } from '../../output/terminal.ts';
import { createCommand, withTarget } from '../../program.ts';
import type { TargetFlags } from '../../target.ts';
import { withBus } from '../with-bus.ts';

export function listCommand({ out }: Terminal): Command {
  return withTarget(createCommand('list'))
    .description('list the registered workflows and their newest versions')
    .action(async (flags: TargetFlags & { json?: true }) => {
      const { workflows } = await withBus(flags, (bus, { namespace }) =>
        ask(bus, QueryWorkflows, { ns: namespace }, {}),
      );
      if (flags.json) return out(JSON.stringify({ workflows }));
      const rows = workflows.map(({ name, version, digest, at }) => [
        name,
        String(version),
        digest.slice(0, 12),
        new Date(at).toISOString(),
      ]);
      out(rows.length === 0 ? 'no workflows yet' : table([['WORKFLOW', 'VERSION', 'DIGEST', 'REGISTERED'], ...rows]));
    });
}
