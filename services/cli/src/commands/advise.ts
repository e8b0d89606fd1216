import { writeFile } from 'node:fs/promises';
import { type Advice, advise, type Answers } from '@parley/workflow';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';
import { table } from '../output/table.ts';
import type { Terminal } from '../output/terminal.ts';
import { createCommand, jsonOption } from '../program.ts';

interface Flags extends Answers {
  readonly write?: string;
  readonly json?: true;
}

const QUESTIONS = [
  ['--independent <yes|no>', 'the parts need nothing of each other'],
  ['--exploratory <yes|no>', 'the way is unknown, dead ends are likely'],
  ['--debate <yes|no>', 'the result gets better by different views'],
  ['--escalation <yes|no>', 'requests have to find the right specialist'],
  ['--skills <yes|no>', 'several skills have to come together'],
  ['--findings <yes|no>', 'the solution grows out of many small findings'],
  ['--repeat <yes|no>', 'it is made and tested until it is good enough'],
  ['--verify <yes|no>', 'the result has to be checked'],
  ['--human <yes|no>', 'a person has to agree'],
] as const;

export function adviseCommand({ out, note, style }: Terminal): Command {
  const command = createCommand('advise')
    .description(
      'recommend how a team should work on a task, and a workflow file to start from; by rules, without a model',
    )
    .argument('<task>', 'what is to be done, in a sentence or two')
    .addOption(
      new Option('--structure <known|unknown>', 'the steps are known in advance').choices(['known', 'unknown']),
    )
    .addOption(new Option('--horizon <long|short>', 'it is a long undertaking').choices(['long', 'short']));
  for (const [flags, description] of QUESTIONS) command.option(flags, description, yesOrNo);
  return command
    .option('--write <file>', 'write the workflow file there instead of printing it')
    .addOption(jsonOption())
    .action(async (task: string, { write, json, ...answers }: Flags) => {
      if (!/\w/.test(task)) throw emptyTask(task);
      const advice = advise(task, answers);
      if (write !== undefined) await writeNew(write, advice.file);
      if (json) return out(JSON.stringify({ ...advice, ...(write === undefined ? {} : { written: write }) }));
      out(adviceText(advice, style));
      if (write === undefined) out(`\n${advice.file.trimEnd()}`);
      else note(`written to ${write}`);
    });
}

function adviceText({ pattern, is, because, around, team, runnerUp }: Advice, style: Terminal['style']): string {
  const inside = around.map((one) => (one === 'gate' ? 'a gate checks its result' : 'a person approves'));
  return [
    `${style('bold', pattern)}: ${is}${inside.map((text) => `; ${text}`).join('')}`,
    ...because.map((reason) => `  because ${reason}`),
    '',
    table([['CAPABILITY', 'DOES'], ...team.map(({ capability, does }) => [capability, does])]),
    '',
    ...(pattern === 'task'
      ? ['Nothing was said that asks for a team: flags such as --independent yes say more about the task.', '']
      : []),
    `Runner-up: ${runnerUp.pattern} (${runnerUp.is}). Prefer it when ${runnerUp.preferWhen}.`,
  ].join('\n');
}

function yesOrNo(text: string): boolean {
  if (text !== 'yes' && text !== 'no') throw new InvalidArgumentError('Give yes or no.');
  return text === 'yes';
}

const emptyTask = (task: string): CliError =>
  new CliError({
    exit: EXIT.usage,
    code: 'task_empty',
    field: 'task',
    value: task,
    message: 'holds no word',
    fix: 'say what is to be done',
  });

/** Never over a file that is there. */
async function writeNew(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: 'wx' });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
    throw new CliError(
      {
        exit: EXIT.usage,
        code: 'file_exists',
        field: '--write',
        value: file,
        message: 'is there already',
        fix: 'choose another name',
      },
      { cause },
    );
  }
}
