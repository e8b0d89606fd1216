import { defineAgent } from '@parley/agent';
import type { Corpus } from '@parley/corpus';
import { bidAs, createResearch, createReview } from '@parley/research';

/** Looks questions up in the documents; helps out with reviews. */
export const createResearcher = (corpus: Corpus) => {
  const research = createResearch(corpus);
  const review = createReview(corpus);
  return defineAgent({
    name: 'researcher',
    version: '1.0.0',
    description: 'Looks a question up in the documents and gives findings with verbatim quotes.',
    tools: [...research.tools, ...review.tools],
    capabilities: { research: research.capability, review: review.capability },
    bid: bidAs('research'),
    perform: { research: research.perform, review: review.perform },
  });
};
