import { randomUUID } from 'node:crypto';
import { type Bus } from '@parley/bus';
import { ScheduleAdd } from '@parley/contracts';
import { type Command, Option } from 'commander';
import { ask } from '../../ask.ts';
import { CliError } from '../../cli-error.ts';
import { EXIT } from '../../exit-codes.ts';
import type { Terminal } from '../../output/terminal.ts';
import { createCommand, withTarget } from '../../program.ts';
import { readInput } from '../../run/read-input.ts';
import { requireToken, type TargetFlags } from '../../target.ts';
import { parseReference } from '../../workflow/reference.ts';
import { withBus } from '../with-bus.ts';
import { duration, moment } from './time.ts';

interface Flags extends TargetFlags {
  readonly at?: number;
  readonly in?: number;
  readonly cron?: string;
  readonly tz?: string;
  readonly input: string;
  readonly name?: string;
  readonly json?: true;
}

export function addCommand({ out, note }: Terminal): Command {
  return withTarget(createCommand('add'))
    .description('start a workflow later: once, or again and again')
    .argument('<workflow>', 'name of a registered workflow, or name@version')
    .addOption(new Option('--at <time>', 'once, at this time (ISO 8601)').argParser(moment).conflicts(['in', 'cron']))
    .addOption(new Option('--in <duration>', 'once, after 90s, 15m, 2h, 1d').argParser(duration).conflicts('cron'))
    .option('--cron <expression>', 'minute, hour, day, month, day of the week: "0 9 * * MON-FRI"')
    .option('--tz <zone>', 'with --cron: time zone, such as Europe/Berlin (default: UTC)')
    .option('--input <json>', 'input as JSON, @file, or - for standard input', '{}')
    .option('--name <name>', 'its name; one of the same name is replaced (default: made of the workflow)')
    .action(async (text: string, flags: Flags) => {
      const input = await readInput(flags.input);
      const { name: workflow, version } = parseReference(text);
      const schedule = requireToken('--name', flags.name ?? `${workflow.slice(0, 100)}-${randomUUID().slice(0, 8)}`);
      const added = await withBus(flags, (bus, { namespace }) =>
        ask(
          bus,
          ScheduleAdd,
          { ns: namespace, schedule },
          {
            workflow,
            ...(version === undefined ? {} : { version }),
            input,
            by: 'cli',
            ...whenOf(flags, bus),
          },
        ),
      );
      if (flags.json) return out(JSON.stringify(added));
      if (added.replaced) note(`${schedule} was there before and is replaced`);
      out(`${schedule}  next ${added.next.map((ms) => new Date(ms).toISOString()).join(', ')}`);
    });
}

function whenOf({ at, in: after, cron, tz }: Flags, bus: Bus): { at?: number; cron?: string; timeZone?: string } {
  const zone = tz === undefined ? {} : { timeZone: tz };
  if (cron !== undefined) return { cron, ...zone };
  const time = after === undefined ? at : bus.now() + after;
  if (time !== undefined) return { at: time, ...zone };
  throw new CliError({
    exit: EXIT.usage,
    code: 'usage',
    message: 'it is not said when',
    fix: 'give --at <time>, --in <duration> or --cron <expression>',
  });
}
