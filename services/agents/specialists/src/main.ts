import { chosenAgents, runAgents } from '@parley/agent-runtime';
import { specialists } from './agents.ts';

await runAgents('specialists', ({ offline, agents }) => chosenAgents(specialists({ offline }), agents));
