import { parleyCommand } from './commands.ts';
import { openTerminal } from './output/terminal.ts';
import { runProgram } from './program.ts';

await runProgram(parleyCommand(openTerminal()), process.argv.slice(2));
