import { defineAgent } from '@parley/agent';
import type { Corpus } from '@parley/corpus';
import { analyse, bidAs, createResearch } from '@parley/research';

/** Merges findings into the points that answer a question; helps out with research. */
export const createAnalyst = (corpus: Corpus) => {
  const research = createResearch(corpus);
  return defineAgent({
    name: 'analyst',
    version: '1.0.0',
    description: 'Merges, ranks and selects findings.',
    tools: [...analyse.tools, ...research.tools],
    capabilities: { analyse: analyse.capability, research: research.capability },
    bid: bidAs('analyse'),
    perform: { analyse: analyse.perform, research: research.perform },
  });
};
