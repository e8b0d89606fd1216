import { defineTool } from '@parley/agent';
import type { Corpus } from '@parley/corpus';
import { z } from 'zod';
import { objectionTo } from './objection.ts';
import { defineSkill } from './skill.ts';

const Citation = z.object({ file: z.string(), line: z.number(), quote: z.string() });

/** Checks that quotes stand in their files. */
const verifyCitations = (corpus: Pick<Corpus, 'verifyCitations'>) =>
  defineTool({
    name: 'verify_citations',
    version: '1',
    description: 'Tells for each citation whether its quote stands verbatim in its file, beginning on its line.',
    input: z.object({ citations: z.array(Citation) }),
    output: z.object({
      results: z.array(z.object({ ok: z.boolean(), reason: z.string().optional(), foundAt: z.number().optional() })),
    }),
    run: ({ citations }) => ({
      results: corpus.verifyCitations(citations).results.map(({ ok, reason, foundAt }) => ({
        ok,
        ...(reason === undefined ? {} : { reason }),
        ...(foundAt === undefined ? {} : { foundAt }),
      })),
    }),
  });

/** Accepts an answer when its citations hold; asks no model, so that nothing can be talked into a citation. */
export const createReview = (corpus: Corpus) => {
  const tool = verifyCitations(corpus);
  return defineSkill({
    tools: [tool],
    capability: {
      description:
        'VALID when every citation stands in its file and every sentence is cited, else INVALID with the reason.',
      input: z.object({
        candidate: z.object({ answered: z.boolean(), answer: z.string(), citations: z.array(Citation) }),
      }),
      output: z.object({ verdict: z.enum(['VALID', 'INVALID']), reason: z.string() }),
    },
    async perform({ candidate }, context) {
      const { results } = await context.tool('verify', tool, { citations: candidate.citations });
      const objection = objectionTo(candidate, results);
      if (objection !== undefined) return { verdict: 'INVALID' as const, reason: objection };
      const held = candidate.citations.length;
      return {
        verdict: 'VALID' as const,
        reason: candidate.answered ? `${held} of ${held} citations hold` : 'no answer is claimed',
      };
    },
  });
};
