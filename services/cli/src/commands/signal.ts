import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import { QueryRun } from '@parley/contracts';
import type { Command } from 'commander';
import { ask } from '../ask.ts';
import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';
import type { Terminal } from '../output/terminal.ts';
import { createCommand, withTarget } from '../program.ts';
import { readInput } from '../run/read-input.ts';
import { sendSignal } from '../run/send-signal.ts';
import { requireToken, type TargetFlags } from '../target.ts';
import { withBus } from './with-bus.ts';

interface Flags extends TargetFlags {
  readonly payload: string;
  readonly by: string;
  readonly id?: string;
  readonly json?: true;
}

export function signalCommand({ out }: Terminal): Command {
  return withTarget(createCommand('signal'))
    .description('tell a run that something happened: to what waits for it now, else to the first that does later')
    .argument('<run>', 'run id')
    .argument('<name>', 'what happened, as the workflow names it')
    .option('--payload <json>', 'what belongs to it: JSON, @file, or - for standard input', 'null')
    .option('--id <id>', 'the same id is the same event (default: a new one)')
    .option('--by <name>', 'who tells it (default: the user of this computer)', userInfo().username)
    .action(async (run: string, name: string, flags: Flags) => {
      requireToken('run', run);
      requireToken('name', name);
      const payload = await readInput(flags.payload, '--payload');
      const event = flags.id ?? randomUUID();
      const taken = await withBus(flags, async (bus, { namespace }) => {
        await ask(bus, QueryRun, { ns: namespace }, { run }, { patienceMs: 10_000 });
        const body = { kind: 'event' as const, event, name, payload, by: flags.by };
        const events = await sendSignal(bus, namespace, run, body, `event-${run}-${event}`);
        const received = events.find((one) => one.type === 'SignalReceived' && one.id === event);
        if (received?.type !== 'SignalReceived' || received.refused === undefined) return received;
        const { code, message } = received.refused;
        throw new CliError({ exit: EXIT.badData, code, field: 'run', value: run, message });
      });
      const kept = taken?.type === 'SignalReceived' && taken.kept !== undefined;
      if (flags.json) return out(JSON.stringify({ run, event, name, kept }));
      out(kept ? `${event} is kept until something waits for ${name}` : `${event} was taken`);
    });
}
