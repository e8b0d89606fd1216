import { performOnce } from '@parley/agent/testing';
import { ScriptedModel } from '@parley/model';
import { expect, test } from 'vitest';
import { planner } from './agent.ts';

test('the parts are trimmed, and each is asked once', async () => {
  using model = new ScriptedModel([
    {
      expect: ({ messages, system }) => {
        expect(messages).toEqual([{ role: 'user', content: '{"question":"Why do tides differ?"}' }]);
        expect(system).toContain('sub-questions');
      },
      reply: { parsed: { subQuestions: [' What causes tides? ', 'What causes tides?', ' '] } },
    },
  ]);
  await expect(performOnce(planner, 'plan', { question: ' Why do tides differ? ' }, { model })).resolves.toEqual({
    subQuestions: ['What causes tides?'],
  });
});

test('a plan of empty parts is the question itself', async () => {
  using model = new ScriptedModel([{ reply: { parsed: { subQuestions: [' '] } } }]);
  await expect(performOnce(planner, 'plan', { question: 'Why?' }, { model })).resolves.toEqual({
    subQuestions: ['Why?'],
  });
});

test('a question of spaces is no question', async () => {
  await expect(performOnce(planner, 'plan', { question: '  ' })).rejects.toMatchObject({ code: 'input_invalid' });
});
