import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { EXIT } from '../exit-codes.ts';
import { abortOnSignals } from '../interrupt.ts';
import { progressText } from '../output/progress-text.ts';
import type { Terminal } from '../output/terminal.ts';
import { createCommand, positive, setExit, withTarget } from '../program.ts';
import { streamEnds } from '../run/follow-run.ts';
import { readInput } from '../run/read-input.ts';
import { submitRun } from '../run/submit.ts';
import { waitForRun } from '../run/wait-for-run.ts';
import type { TargetFlags } from '../target.ts';
import { parseReference } from '../workflow/reference.ts';
import { withBus } from './with-bus.ts';

interface Flags extends TargetFlags {
  readonly input: string;
  readonly wait?: true;
  readonly key?: string;
  readonly by: string;
  readonly timeout?: number;
  readonly json?: true;
}

export function runCommand(terminal: Terminal): Command {
  const { out, note } = terminal;
  return withTarget(createCommand('run'))
    .description('start a run of a workflow')
    .argument('<workflow>', 'name of a registered workflow, or name@version')
    .option('--input <json>', 'input as JSON, @file, or - for standard input', '{}')
    .option('--wait', 'follow the run and print its output')
    .option('--key <key>', 'idempotency key: the same key is the same run')
    .option('--by <name>', 'who starts it (default: the user of this computer)', userInfo().username)
    .option('--timeout <seconds>', 'with --wait: give up after this time', positive)
    .action(async (text: string, flags: Flags, command: Command) => {
      const input = await readInput(flags.input);
      const { name: workflow, version } = parseReference(text);
      const signal = abortOnSignals();
      await withBus(flags, async (bus, { namespace }) => {
        const from = flags.key === undefined ? { from: await streamEnds(bus) } : {};
        const { runId, accepted } = await submitRun(bus, {
          namespace,
          workflow,
          version,
          input,
          key: flags.key,
          by: flags.by,
        });
        if (!flags.wait) {
          if (flags.json) return out(JSON.stringify({ runId, accepted }));
          if (!accepted) note('stored, but no conductor has taken it up yet; see parley doctor');
          return out(runId);
        }
        const startedAt = Date.now();
        const { settled, totals } = await waitForRun({
          bus,
          namespace,
          runId,
          ...from,
          timeoutMs: flags.timeout === undefined ? undefined : flags.timeout * 1_000,
          signal,
          onLine: (line) => note(progressText(line, startedAt, terminal)),
        });
        const { status, output, error, usage, steps } = settled;
        if (flags.json)
          out(JSON.stringify({ runId, status, output, error, usage, steps, bids: totals.bids, agents: totals.agents }));
        else if (status === 'completed') out(JSON.stringify(output, null, 2));
        if (status !== 'completed') setExit(command, EXIT.failed);
      });
    });
}
