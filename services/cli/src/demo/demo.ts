import { openTerminal } from '../output/terminal.ts';
import { runProgram } from '../program.ts';
import { demoCommand } from './command.ts';

await runProgram(demoCommand(openTerminal()), process.argv.slice(2));
