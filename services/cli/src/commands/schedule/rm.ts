import { ScheduleRemove } from '@parley/contracts';
import type { Command } from 'commander';
import { ask } from '../../ask.ts';
import { CliError } from '../../cli-error.ts';
import { EXIT } from '../../exit-codes.ts';
import type { Terminal } from '../../output/terminal.ts';
import { createCommand, withTarget } from '../../program.ts';
import { requireToken, type TargetFlags } from '../../target.ts';
import { withBus } from '../with-bus.ts';

export function rmCommand({ out }: Terminal): Command {
  return withTarget(createCommand('rm'))
    .description('take a scheduled start back; runs that it has started go on')
    .argument('<schedule>', 'its name')
    .action(async (text: string, flags: TargetFlags & { json?: true }) => {
      const schedule = requireToken('schedule', text);
      const { removed } = await withBus(flags, (bus, { namespace }) =>
        ask(bus, ScheduleRemove, { ns: namespace, schedule }, {}),
      );
      if (!removed)
        throw new CliError({
          exit: EXIT.noInput,
          code: 'not_found',
          field: 'schedule',
          value: schedule,
          message: 'nothing is scheduled under this name',
          fix: 'see parley schedule list',
        });
      out(flags.json ? JSON.stringify({ schedule, removed }) : `${schedule} is taken back`);
    });
}
