export { type MakeAgent, type MakeReadingAgent, runAgent, runReadingAgent } from './run-agent.ts';
