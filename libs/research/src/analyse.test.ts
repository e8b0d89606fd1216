import { ScriptedModel } from '@parley/model';
import { expect, test } from 'vitest';
import { analyse } from './analyse.ts';
import { performSkill } from './perform-skill.ts';

const finding = (quote: string, confidence: number) => ({
  claim: quote,
  quote,
  file: 'a.md',
  line: 1,
  confidence,
  heading: 'A',
});
const point = (quote: string) => ({ statement: `It says ${quote}`, quote, file: 'a.md', line: 1 });
const research = [
  { question: 'one?', findings: [finding('x', 0.2), finding('y', 0.9)] },
  { question: 'two?', findings: [finding('x', 0.5)] },
];

test('findings are merged: each quote once, the surest first', async () => {
  using model = new ScriptedModel([
    {
      expect: ({ messages }) => {
        const { findings } = JSON.parse(messages[0]?.content as string) as {
          findings: { quote: string; confidence: number }[];
        };
        expect(findings.map(({ quote, confidence }) => [quote, confidence])).toEqual([
          ['y', 0.9],
          ['x', 0.5],
        ]);
      },
      reply: { parsed: { answered: true, points: [point('x')] } },
    },
  ]);
  await expect(performSkill(analyse, { question: 'q?', research }, { model })).resolves.toEqual({
    answered: true,
    points: [{ ...point('x'), heading: 'A', subQuestion: 'two?' }],
  });
});

test('a point that stands on no finding is dropped, and with the last one the answer', async () => {
  using model = new ScriptedModel([{ reply: { parsed: { answered: true, points: [point('invented')] } } }]);
  await expect(performSkill(analyse, { question: 'q?', research }, { model })).resolves.toEqual({
    answered: false,
    points: [],
  });
});

test('without findings there is nothing to ask a model about', async () => {
  using model = new ScriptedModel([]);
  const empty = [{ question: 'one?', findings: [] }];
  await expect(performSkill(analyse, { question: 'q?', research: empty }, { model })).resolves.toEqual({
    answered: false,
    points: [],
  });
});
