import { type Command, Option } from 'commander';
import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';
import { abortOnSignals } from '../interrupt.ts';
import { progressText } from '../output/progress-text.ts';
import { table } from '../output/table.ts';
import type { Terminal } from '../output/terminal.ts';
import { createCommand, jsonOption, positive, setExit, withTarget } from '../program.ts';
import { readInput } from '../run/read-input.ts';
import { usdText } from '../run/progress.ts';
import type { TargetFlags } from '../target.ts';
import { chooseTemplates, readTemplates } from '../templates/catalogue.ts';
import { runTemplate, type TemplateRun } from '../templates/run-template.ts';
import { withStack } from '../templates/with-stack.ts';

interface RunFlags extends TargetFlags {
  readonly all?: true;
  readonly offline?: true;
  readonly input?: string;
  readonly timeout: number;
  readonly json?: true;
}

export function templatesCommand(terminal: Terminal): Command {
  return createCommand('templates')
    .description('workflows to start from: list them, and run them on an example')
    .addCommand(listCommand(terminal))
    .addCommand(runCommand(terminal));
}

function listCommand({ out }: Terminal): Command {
  return createCommand('list')
    .description('list the templates')
    .addOption(jsonOption())
    .action(({ json }: { json?: true }) => {
      const rows = readTemplates().map(({ name, definition, file }) => ({
        name,
        pattern: definition.root.kind,
        description: definition.description ?? '',
        file,
      }));
      if (json) return out(JSON.stringify({ templates: rows }));
      const cells = rows.map(({ name, pattern, description }) => [name, pattern, description]);
      out(table([['TEMPLATE', 'PATTERN', 'DOES'], ...cells]));
    });
}

function runCommand(terminal: Terminal): Command {
  const { out, note } = terminal;
  return withTarget(createCommand('run'))
    .description('run templates on the stack of this folder, or on one of their own')
    .argument('[template...]', 'names of templates')
    .option('--all', 'every template')
    .option('--offline', 'a stack of their own, with the built-in model server')
    .addOption(new Option('--input <json>', 'input as JSON, @file, or - for standard input (default: the example)'))
    .option('--timeout <seconds>', 'give up a run after this time', positive, 120)
    .action(async (names: string[], flags: RunFlags, command: Command) => {
      if (names.length === 0 && flags.all === undefined) {
        throw new CliError({
          exit: EXIT.usage,
          code: 'usage',
          message: 'no template is named',
          fix: 'name one, or use --all',
        });
      }
      const templates = chooseTemplates(names, flags.all === true);
      const input = flags.input === undefined ? undefined : await readInput(flags.input);
      const signal = abortOnSignals(() => note('stopping …'));
      const runs: TemplateRun[] = [];
      await withStack(flags, signal, terminal, async (stack) => {
        for (const template of templates) {
          note(terminal.style('bold', template.name));
          const startedAt = Date.now();
          const run = await runTemplate(template, input ?? template.input, {
            ...stack,
            signal,
            timeoutMs: flags.timeout * 1_000,
            onLine: (line) => note(progressText(line, startedAt, terminal)),
          });
          runs.push(run);
        }
      });
      out(flags.json ? JSON.stringify({ runs }) : runsTable(runs));
      if (runs.some(({ status }) => status !== 'completed')) setExit(command, EXIT.failed);
    });
}

const SHOWN = 60;

function runsTable(runs: readonly TemplateRun[]): string {
  const rows = runs.map(({ template, status, output, error, steps, handoffs, bids, costUsd }) => [
    template,
    status,
    String(steps),
    String(handoffs),
    String(bids),
    usdText(costUsd * 1e6),
    shortened(error === null ? output : `${error.code}: ${error.message}`),
  ]);
  return table([['TEMPLATE', 'RESULT', 'STEPS', 'HANDOFFS', 'BIDS', 'COST', 'OUTPUT'], ...rows]);
}

function shortened(output: unknown): string {
  const text = (typeof output === 'string' ? output : JSON.stringify(output)).replaceAll(/\s+/g, ' ');
  return text.length <= SHOWN ? text : `${text.slice(0, SHOWN - 1).toWellFormed()}…`;
}
