import { runAgent } from '@parley/agent-runtime';
import { analyst } from './agent.ts';

await runAgent('analyst', () => analyst);
