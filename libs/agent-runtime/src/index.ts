export {
  type MakeAgent,
  type MakeReadingAgent,
  runAgent,
  runAgents,
  runAgentWithWorkspaces,
  runReadingAgent,
} from './run-agent.ts';
export { chosenAgents } from './chosen-agents.ts';
