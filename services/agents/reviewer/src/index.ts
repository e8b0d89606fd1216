export { createReviewer } from './agent.ts';
