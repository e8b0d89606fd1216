import { runReadingAgent } from '@parley/agent-runtime';
import { loadCorpus } from '@parley/corpus';
import { createReviewer } from './agent.ts';

await runReadingAgent('reviewer', async ({ docs }) => createReviewer(await loadCorpus(docs)));
