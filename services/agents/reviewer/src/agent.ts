import { defineAgent } from '@parley/agent';
import type { Corpus } from '@parley/corpus';
import { bidAs, createReview } from '@parley/research';

/** Checks the citations of an answer against the files. */
export const createReviewer = (corpus: Corpus) => {
  const review = createReview(corpus);
  return defineAgent({
    name: 'reviewer',
    version: '1.0.0',
    description: 'Checks the citations of an answer against the files.',
    tools: review.tools,
    capabilities: { review: review.capability },
    bid: bidAs('review'),
    perform: { review: review.perform },
  });
};
