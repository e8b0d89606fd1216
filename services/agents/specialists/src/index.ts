export { specialists } from './agents.ts';
