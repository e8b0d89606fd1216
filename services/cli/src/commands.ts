import type { Command } from 'commander';
import { adviseCommand } from './commands/advise.ts';
import { agentsCommand } from './commands/agents.ts';
import { approvalsCommand, decisionCommands } from './commands/approvals.ts';
import { devCommand } from './commands/dev.ts';
import { doctorCommand } from './commands/doctor.ts';
import { runCommand } from './commands/run.ts';
import { runsCommand } from './commands/runs.ts';
import { scheduleCommand } from './commands/schedule.ts';
import { showCommand } from './commands/show.ts';
import { signalCommand } from './commands/signal.ts';
import { stuckCommand } from './commands/stuck.ts';
import { tailCommand } from './commands/tail.ts';
import { templatesCommand } from './commands/templates.ts';
import { workflowsCommand } from './commands/workflows.ts';
import type { Terminal } from './output/terminal.ts';
import { createCommand } from './program.ts';

const COMMANDS = [
  devCommand,
  runCommand,
  runsCommand,
  showCommand,
  tailCommand,
  agentsCommand,
  doctorCommand,
  workflowsCommand,
  adviseCommand,
  templatesCommand,
  approvalsCommand,
  ...decisionCommands,
  scheduleCommand,
  signalCommand,
  stuckCommand,
];

/** `parley` with all its commands. */
export function parleyCommand(terminal: Terminal): Command {
  const program = createCommand('parley')
    .description('teams of AI agents as microservices on an event bus')
    .version('0.1.0');
  for (const command of COMMANDS) program.addCommand(command(terminal));
  return program;
}
