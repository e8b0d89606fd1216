import { expect, test } from 'vitest';
import { splitQuestion, subQuestions } from './questions.ts';

test.each([
  ['What is Parley?', ['What is Parley?']],
  ['How are bids scored and what happens on a tie?', ['How are bids scored?', 'What happens on a tie?']],
  ['What is a bid? What is a permit?', ['What is a bid?', 'What is a permit?']],
  ['1. What is a bid?\n2. What is a permit?', ['What is a bid?', 'What is a permit?']],
  [
    'Explain the guardian, the router and the conductor.',
    ['Explain the guardian', 'Explain the router', 'Explain the conductor'],
  ],
  ['How do permits and breakers work?', ['How do permits work?', 'How do breakers work?']],
  ['How does the router award bids and reject proposals?', ['How does the router award bids and reject proposals?']],
  ['We run two routers. Which one wins?', ['Which one wins?']],
  ['What is the difference between cost and price?', ['What is the difference between cost and price?']],
])('%j is taken apart into its parts', (question, parts) => {
  expect(splitQuestion(question)).toEqual(parts);
});

test('too few parts are filled up with variants that keep every term that names something', () => {
  const questions = subQuestions('How does the guardian reserve budgets?', 4, 6);
  expect(questions).toHaveLength(4);
  expect(new Set(questions).size).toBe(4);
  for (const question of questions) expect(question).toMatch(/guardian.*reserve.*budgets/i);
});

test('there are never more questions than allowed', () => {
  expect(subQuestions('What is A1? What is B2? What is C3?', 1, 2)).toEqual(['What is A1?', 'What is B2?']);
});
