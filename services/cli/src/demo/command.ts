import type { Command } from 'commander';
import type { Terminal } from '../output/terminal.ts';
import { createCommand, jsonOption, positive, setExit } from '../program.ts';
import { type DemoFlags, MAX_QUESTION_BYTES } from './options.ts';
import { runDemo } from './run-demo.ts';

const DEFAULT_TIMEOUT_S = 900;

/** What `npm run demo` runs. */
export function demoCommand(terminal: Terminal): Command {
  const program = createCommand('demo')
    .description('a team of agents answers a question from a folder of documents, on a stack of its own')
    .option(
      '--docs <folder>',
      'folder with .md, .txt, .html or .pdf files (default: the documentation of this project)',
    )
    .option('--ask <question>', `the question, at most ${MAX_QUESTION_BYTES} bytes`)
    .addOption(jsonOption())
    .option('--budget-usd <usd>', 'stop spending at this amount', positive)
    .option('--timeout <seconds>', 'give up after this time', positive, DEFAULT_TIMEOUT_S)
    .option('--data <folder>', 'keep data and logs there (default: a temporary folder)')
    .option('--keep', 'keep the temporary folder')
    .allowExcessArguments(false)
    .action(async (flags: DemoFlags) => {
      setExit(program, await runDemo(flags, terminal));
    });
  return program;
}
