import { runAgents } from '@parley/agent-runtime';
import { specialistFromFile } from './from-file.ts';

/** One agent of the file that the first argument names, for as long as the process runs. */
await runAgents('agent-from-file', () => [specialistFromFile(process.argv[2] ?? '')]);
