import { performOnce } from '@parley/agent/testing';
import { ScriptedModel } from '@parley/model';
import { expect, test } from 'vitest';
import { writer } from './agent.ts';

const point = (quote: string, line: number) => ({ statement: quote, quote, file: 'a.md', line });
const points = [point('The sea\nrises.', 3), point('It falls.', 5)];
const statement = (text: string, quote: string) => ({ text, quote, file: 'a.md', line: 1 });

test('every sentence carries the marker of the point it rests on, and each citation comes once', async () => {
  using model = new ScriptedModel([
    {
      reply: {
        parsed: {
          answered: true,
          statements: [
            statement('The sea rises.', 'The sea rises.'),
            statement('It also\nfalls [a.md:5].', 'It falls.'),
            statement('It rises twice.', 'The sea\nrises.'),
            statement('Whales do it.', 'Whales.'),
          ],
        },
      },
    },
  ]);
  await expect(performOnce(writer, 'write', { question: 'q?', points }, { model })).resolves.toEqual({
    answered: true,
    answer: 'The sea rises. [a.md:3]\nIt also falls. [a.md:5]\nIt rises twice. [a.md:3]',
    citations: [
      { file: 'a.md', line: 3, quote: 'The sea\nrises.' },
      { file: 'a.md', line: 5, quote: 'It falls.' },
    ],
  });
});

test('the reason of a rejection reaches the model', async () => {
  using model = new ScriptedModel([
    {
      expect: ({ messages }) => JSON.stringify(messages).includes('feedback\\":\\"too long'),
      reply: { parsed: { answered: true, statements: [statement('It falls.', 'It falls.')] } },
    },
  ]);
  await performOnce(writer, 'write', { question: 'q?', points, feedback: 'too long' }, { model });
});

test.each([
  ['there are no points', { points: [] }, undefined],
  ['the analysis found no answer', { points, answered: false }, undefined],
  ['the model finds that the points are no answer', { points }, { answered: false, statements: [] }],
  ['nothing that the model writes rests on a point', { points }, { answered: true, statements: [statement('x', 'y')] }],
])('it says so plainly when %s', async (_, given, parsed) => {
  using model = new ScriptedModel(parsed === undefined ? [] : [{ reply: { parsed } }]);
  await expect(performOnce(writer, 'write', { question: 'q?', ...given }, { model })).resolves.toEqual({
    answered: false,
    answer: 'The documents do not answer this question.',
    citations: [],
  });
});
