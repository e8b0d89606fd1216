import { runReadingAgent } from '@parley/agent-runtime';
import { loadCorpus } from '@parley/corpus';
import { createAnalyst } from './agent.ts';

await runReadingAgent('analyst', async ({ docs }) => createAnalyst(await loadCorpus(docs)));
