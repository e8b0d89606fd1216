export { createRunner } from './agent.ts';
export { DEFAULT_COMMANDS, readCommands } from './allow-list.ts';
