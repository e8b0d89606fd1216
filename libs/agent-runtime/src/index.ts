export { type MakeAgent, type MakeReadingAgent, runAgent, runAgents, runReadingAgent } from './run-agent.ts';
export { chosenAgents } from './chosen-agents.ts';
