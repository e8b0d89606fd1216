import { readFileSync } from 'node:fs';
import type { Corpus } from '@parley/corpus';
import { z } from 'zod';
import { headingOf } from './heading-of.ts';
import { readPassage, searchCorpus } from './reading-tools.ts';
import { defineSkill } from './skill.ts';
import { verbatim } from './verbatim.ts';

const SYSTEM = readFileSync(new URL('prompts/research.md', import.meta.url), 'utf8');
const MAX_FINDINGS = 8;
const MAX_QUOTE = 1_500;
const MAX_TURNS = 8;

const Finding = z.object({
  claim: z.string(),
  quote: z.string(),
  file: z.string(),
  line: z.int(),
  confidence: z.number(),
});
const Answer = z.object({ answered: z.boolean(), findings: z.array(Finding).max(MAX_FINDINGS) });

/** Looks a question up in the documents. Every quote it gives stands verbatim in its file. */
export const createResearch = (corpus: Corpus) => {
  const tools = [searchCorpus(corpus), readPassage(corpus)];
  return defineSkill({
    tools,
    capability: {
      description: 'Findings of the documents on one question; none when they do not answer it.',
      input: z.object({ question: z.string().trim().min(1) }),
      output: z.object({
        question: z.string(),
        answered: z.boolean(),
        findings: z.array(Finding.extend({ heading: z.string() })),
      }),
    },
    async perform({ question }, { chat, log }) {
      const { output, toolResults } = await chat('research', {
        system: SYSTEM,
        user: JSON.stringify({ question }),
        tools,
        output: Answer,
        maxTurns: MAX_TURNS,
      });
      const findings = output.findings.flatMap((finding) => {
        const source = finding.quote.length > MAX_QUOTE ? undefined : verbatim(corpus, finding);
        if (source === undefined) return [];
        const heading = headingOf(toolResults, source);
        return [{ ...finding, ...source, heading, confidence: clamp(finding.confidence) }];
      });
      const dropped = output.findings.length - findings.length;
      if (dropped > 0) log.warn({ event: 'research.quotes_dropped', dropped });
      return {
        question,
        answered: output.answered && findings.length > 0,
        findings: output.answered ? findings : [],
      };
    },
  });
};

const clamp = (confidence: number): number => Math.min(1, Math.max(0, confidence));
