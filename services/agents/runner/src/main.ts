import { runAgentWithWorkspaces } from '@parley/agent-runtime';
import { createRunner } from './agent.ts';
import { commandsOfFile, DEFAULT_COMMANDS } from './allow-list.ts';
import { defaultWorkspaces } from './default-workspaces.ts';

await runAgentWithWorkspaces('runner', async ({ commandsFile, workspaces }) =>
  createRunner({
    commands: commandsFile === undefined ? DEFAULT_COMMANDS : await commandsOfFile(commandsFile),
    workspaces: workspaces ?? (await defaultWorkspaces()),
  }),
);
