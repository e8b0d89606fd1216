import { runReadingAgent } from '@parley/agent-runtime';
import { loadCorpus } from '@parley/corpus';
import { createResearcher } from './agent.ts';

await runReadingAgent('researcher', async ({ docs }) => createResearcher(await loadCorpus(docs)));
