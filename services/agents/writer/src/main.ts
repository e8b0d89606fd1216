import { runAgent } from '@parley/agent-runtime';
import { writer } from './agent.ts';

await runAgent('writer', () => writer);
