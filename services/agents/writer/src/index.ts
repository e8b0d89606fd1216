export { writer } from './agent.ts';
