export { createResearcher } from './agent.ts';
