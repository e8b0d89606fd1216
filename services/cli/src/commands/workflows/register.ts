import { type Bus, BusError } from '@parley/bus';
import { QueryAgents, WorkflowRegister } from '@parley/contracts';
import { type FileProblem, type Known, problemLine } from '@parley/workflow';
import type { Command } from 'commander';
import { ask } from '../../ask.ts';
import { CliError } from '../../cli-error.ts';
import { EXIT } from '../../exit-codes.ts';
import { table } from '../../output/table.ts';
import type { Terminal } from '../../output/terminal.ts';
import { createCommand, withTarget } from '../../program.ts';
import type { TargetFlags } from '../../target.ts';
import { readFiles, type WorkflowFile } from '../../workflow/read-files.ts';
import { withBus } from '../with-bus.ts';

interface Flags extends TargetFlags {
  readonly strict?: true;
  readonly json?: true;
}

export function registerCommand({ out, note }: Terminal): Command {
  return withTarget(createCommand('register'))
    .description('check workflow files and register them: a changed definition is a new version of its name')
    .argument('<files...>', 'workflow files, or folders of YAML files')
    .option('--strict', 'refuse a workflow that names a capability or agent which nobody has registered')
    .action(async (paths: string[], flags: Flags) => {
      // What is wrong with a file by itself is told before anything is asked.
      refuseBad(await readFiles(paths));
      const registered = await withBus(flags, async (bus, { namespace }) => {
        const known = await whatIsKnown(bus, namespace, flags.strict === true);
        if (known === undefined) note('no router answers: capabilities and agents are not checked');
        const files = refuseBad(await readFiles(paths, known));
        const warnings = files.flatMap((file) => file.warnings);
        if (flags.strict && warnings.length > 0) throw invalid(warnings, warnings.length);
        for (const warning of warnings) note(`warning: ${problemLine(warning)}`);
        const answers = [];
        for (const { file, definition } of files) {
          const answer = await ask(bus, WorkflowRegister, { ns: namespace, workflow: definition.name }, definition);
          answers.push({ file, ...answer });
        }
        return { workflows: answers, warnings };
      });
      if (flags.json) return out(JSON.stringify(registered));
      const rows = registered.workflows.map(({ name, version, digest }) => [name, String(version), digest]);
      out(table([['WORKFLOW', 'VERSION', 'DIGEST'], ...rows]));
    });
}

/** What agents can do, alive or not; undefined when there is nobody to ask, and that is no fault. */
async function whatIsKnown(bus: Bus, ns: string, isNeeded: boolean): Promise<Known | undefined> {
  try {
    const { agents } = await ask(bus, QueryAgents, { ns }, {});
    const capabilities = agents.flatMap(({ card }) => card.capabilities.map(({ name }) => name));
    return { capabilities: [...new Set(capabilities)], agents: agents.map(({ card }) => card.agent) };
  } catch (error) {
    if (!isNeeded && error instanceof BusError && (error.code === 'no_responders' || error.code === 'timeout'))
      return undefined;
    throw error;
  }
}

type GoodFile = Extract<WorkflowFile, { ok: true }>;

function refuseBad(files: readonly WorkflowFile[]): GoodFile[] {
  const problems = files.flatMap((file) => (file.ok ? [] : file.problems));
  if (problems.length === 0) return files.filter((file): file is GoodFile => file.ok);
  throw invalid(
    problems,
    files.reduce((sum, file) => sum + (file.ok ? 0 : file.count), 0),
  );
}

function invalid(problems: readonly FileProblem[], count: number): CliError {
  const lines = problems.map(problemLine).join('\n');
  const told = count > problems.length ? `${lines}\nand ${count - problems.length} more` : lines;
  return new CliError({
    exit: EXIT.badData,
    code: 'definition_invalid',
    message: `nothing is registered:\n${told}`,
    problems,
  });
}
