export { createAnalyst } from './agent.ts';
