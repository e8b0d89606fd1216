import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { mergeFindings, sourceKey } from './merge-findings.ts';
import { defineSkill } from './skill.ts';

const SYSTEM = readFileSync(new URL('prompts/analyse.md', import.meta.url), 'utf8');
const MAX_POINTS = 8;
/** The surest findings are shown to the model, so that the prompt stays bounded. */
const MAX_SHOWN = 40;

const Point = z.object({ statement: z.string(), quote: z.string(), file: z.string(), line: z.int() });
const Analysis = z.object({ answered: z.boolean(), points: z.array(Point).max(MAX_POINTS) });
const Finding = Point.omit({ statement: true }).extend({
  claim: z.string(),
  confidence: z.number(),
  heading: z.string().default(''),
});
/** What the writer gets of a point: also the headings it stands under and the sub-question it was found for. */
const PlacedPoint = Point.extend({ heading: z.string(), subQuestion: z.string() });

/** Merges the findings of several researchers into the points that answer a question. */
export const analyse = defineSkill({
  tools: [],
  capability: {
    description: 'The points that answer a question; none when the findings do not.',
    input: z.object({
      question: z.string(),
      research: z.array(z.object({ question: z.string(), findings: z.array(Finding) })),
    }),
    output: z.object({ answered: z.boolean(), points: z.array(PlacedPoint) }),
  },
  async perform({ question, research }, { chat, log }) {
    const findings = mergeFindings(research).slice(0, MAX_SHOWN);
    if (findings.length === 0) return { answered: false, points: [] };
    const user = JSON.stringify({
      question,
      findings: findings.map(({ question: part, ...rest }) => ({ subQuestion: part, ...rest })),
    });
    const { output } = await chat('analyse', { system: SYSTEM, user, output: Analysis });
    // A point stands on a finding, whose quote was checked; what does not is dropped.
    const known = new Map(findings.map((finding) => [sourceKey(finding), finding]));
    const points = new Map(
      output.points.flatMap(({ statement, ...source }) => {
        const key = sourceKey(source);
        const finding = known.get(key);
        if (finding === undefined) return [];
        const { quote, file, line, heading, question: subQuestion } = finding;
        return [[key, { statement, quote, file, line, heading, subQuestion }] as const];
      }),
    );
    if (points.size < output.points.length)
      log.warn({ event: 'analyse.points_dropped', dropped: output.points.length - points.size });
    const answered = output.answered && points.size > 0;
    return { answered, points: answered ? [...points.values()] : [] };
  },
});
