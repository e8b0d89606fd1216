export { analyst } from './agent.ts';
