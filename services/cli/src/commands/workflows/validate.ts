import { problemLine } from '@parley/workflow';
import type { Command } from 'commander';
import { EXIT } from '../../exit-codes.ts';
import type { Terminal } from '../../output/terminal.ts';
import { createCommand, jsonOption, setExit } from '../../program.ts';
import { readFiles, type WorkflowFile } from '../../workflow/read-files.ts';

export function validateCommand({ out, note }: Terminal): Command {
  return createCommand('validate')
    .description('check workflow files without a stack: exit 65 and file:line:column for everything that is wrong')
    .argument('<files...>', 'workflow files, or folders of YAML files')
    .addOption(jsonOption())
    .action(async (paths: string[], { json }: { json?: true }, command: Command) => {
      const files = await readFiles(paths);
      if (json) out(JSON.stringify({ files: files.map(verdictOf) }));
      else for (const line of files.flatMap(linesOf)) (line.ok ? out : note)(line.text);
      if (files.some(({ ok }) => !ok)) setExit(command, EXIT.badData);
    });
}

function verdictOf(file: WorkflowFile): object {
  if (!file.ok) return { file: file.file, ok: false, count: file.count, problems: file.problems };
  return { file: file.file, ok: true, name: file.definition.name, digest: file.digest };
}

/** What people see of one file. */
export function linesOf(file: WorkflowFile): { ok: boolean; text: string }[] {
  if (file.ok)
    return [{ ok: true, text: `${file.file}: ${file.definition.name} is good (${file.digest.slice(0, 12)})` }];
  const lines = file.problems.map((problem) => ({ ok: false, text: problemLine(problem) }));
  const more = file.count - file.problems.length;
  return more > 0 ? [...lines, { ok: false, text: `${file.file}: and ${more} more` }] : lines;
}
