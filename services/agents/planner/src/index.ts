export { planner } from './agent.ts';
