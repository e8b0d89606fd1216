import { QuerySchedules } from '@parley/contracts';
import type { Command } from 'commander';
import { ask } from '../../ask.ts';
import { table } from '../../output/table.ts';
import type { Terminal } from '../../output/terminal.ts';
import { createCommand, withTarget } from '../../program.ts';
import type { TargetFlags } from '../../target.ts';
import { withBus } from '../with-bus.ts';

export function listCommand({ out }: Terminal): Command {
  return withTarget(createCommand('list'))
    .description('list the scheduled starts and when each is due next')
    .action(async (flags: TargetFlags & { json?: true }) => {
      const { schedules } = await withBus(flags, (bus, { namespace }) =>
        ask(bus, QuerySchedules, { ns: namespace }, {}),
      );
      if (flags.json) return out(JSON.stringify({ schedules }));
      const rows = schedules.map(({ schedule, workflow, version, cron, timeZone, next: [next] }) => [
        schedule,
        version === undefined ? workflow : `${workflow}@${version}`,
        cron === undefined ? 'once' : `${cron} ${timeZone ?? 'UTC'}`,
        next === undefined ? '' : new Date(next).toISOString(),
      ]);
      out(rows.length === 0 ? 'nothing is scheduled' : table([['SCHEDULE', 'WORKFLOW', 'WHEN', 'NEXT'], ...rows]));
    });
}
