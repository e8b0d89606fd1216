import { agentsCommand } from './commands/agents.ts';
import { devCommand } from './commands/dev.ts';
import { doctorCommand } from './commands/doctor.ts';
import { runCommand } from './commands/run.ts';
import { runsCommand } from './commands/runs.ts';
import { showCommand } from './commands/show.ts';
import { tailCommand } from './commands/tail.ts';
import { openTerminal } from './output/terminal.ts';
import { createCommand, runProgram } from './program.ts';

const terminal = openTerminal();
const program = createCommand('parley')
  .description('teams of AI agents as microservices on an event bus')
  .version('0.1.0');
for (const command of [devCommand, runCommand, runsCommand, showCommand, tailCommand, agentsCommand, doctorCommand])
  program.addCommand(command(terminal));

await runProgram(program, process.argv.slice(2));
