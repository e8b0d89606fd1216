import { readFileSync } from 'node:fs';
import { defineAgent } from '@parley/agent';
import { analyse, bidAs } from '@parley/research';
import { z } from 'zod';
import { compose } from './compose.ts';

const SYSTEM = readFileSync(new URL('prompts/write.md', import.meta.url), 'utf8');
const UNANSWERED = 'The documents do not answer this question.';
const MAX_STATEMENTS = 12;

const Source = z.object({ quote: z.string(), file: z.string(), line: z.int() });
const Draft = z.object({
  answered: z.boolean(),
  statements: z.array(z.object({ text: z.string(), ...Source.shape })).max(MAX_STATEMENTS),
});

/** Writes an answer whose every sentence cites the point it rests on; helps out with analysis. */
export const writer = defineAgent({
  name: 'writer',
  version: '1.0.0',
  description: 'Writes a cited answer from points.',
  capabilities: {
    write: {
      description: 'An answer with a citation behind every sentence, or that there is none.',
      input: z.object({
        question: z.string(),
        answered: z.boolean().default(true),
        points: z.array(
          Source.extend({
            statement: z.string(),
            heading: z.string().optional(),
            subQuestion: z.string().optional(),
          }),
        ),
        feedback: z.string().nullish(),
      }),
      output: z.object({ answered: z.boolean(), answer: z.string(), citations: z.array(Source) }),
    },
    analyse: analyse.capability,
  },
  bid: bidAs('write'),
  perform: {
    analyse: analyse.perform,
    async write({ question, answered, points, feedback }, { chat }) {
      const unanswered = { answered: false, answer: UNANSWERED, citations: [] };
      if (!answered || points.length === 0) return unanswered;
      const user = JSON.stringify({ question, points, ...(feedback ? { feedback } : {}) });
      const { output } = await chat('write', { system: SYSTEM, user, output: Draft });
      const known = new Map(points.map((point) => [keyOf(point), point]));
      const statements = output.statements.flatMap(({ text, ...cited }) => {
        const point = known.get(keyOf(cited));
        if (point === undefined || text.trim() === '') return [];
        return [{ text, source: { file: point.file, line: point.line, quote: point.quote } }];
      });
      if (!output.answered || statements.length === 0) return unanswered;
      return { answered: true, ...compose(statements) };
    },
  },
});

const keyOf = ({ file, quote }: { file: string; quote: string }): string =>
  `${file}\n${quote.replaceAll(/\s+/g, ' ').trim()}`;
