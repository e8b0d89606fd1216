import type { Command } from 'commander';
import type { Terminal } from '../output/terminal.ts';
import { createCommand } from '../program.ts';
import { listCommand } from './workflows/list.ts';
import { registerCommand } from './workflows/register.ts';
import { showCommand } from './workflows/show.ts';
import { validateCommand } from './workflows/validate.ts';

const HELP = `
A workflow file is YAML, or JSON when its name ends in .json. It has a name, perhaps a description, limits and an inputSchema, and one of
  root   a node: { kind: task, id: …, capability: … } or any other kind
  steps  a list of nodes, one after the other; stopWhen may stand beside it
  crew   roles and their tasks: agents: [{ role, goal, backstory }], tasks: [{ id, description, expectedOutput, role, context }]
  sop    roles that watch artifacts: start, budgetUsd, roles: [{ role, goal, instruction, watches, produces }]
Editors complete it with the first line  # yaml-language-server: $schema=<path of workflows/schema.json>

  parley workflows validate flow.yaml      what is wrong with it, as file:line:column
  parley workflows register flow.yaml      the same, then a new version of it
  parley run flow --wait                   a run of the newest version; flow@2 is version 2`;

export function workflowsCommand(terminal: Terminal): Command {
  return createCommand('workflows')
    .description('check workflow files, register them, and see what is registered')
    .addCommand(validateCommand(terminal))
    .addCommand(registerCommand(terminal))
    .addCommand(listCommand(terminal))
    .addCommand(showCommand(terminal))
    .addHelpText('after', HELP);
}
