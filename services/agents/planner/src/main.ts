import { runAgent } from '@parley/agent-runtime';
import { planner } from './agent.ts';

await runAgent('planner', () => planner);
