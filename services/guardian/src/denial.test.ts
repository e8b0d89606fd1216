import { expect, test } from 'vitest';
import { budgetExhausted } from './denial.ts';

const shortage = { scope: 'run', unit: 'tokens', limit: 100, spent: 60, reserved: 30 } as const;

test('a refusal for money names the account, its limit and every figure', () => {
  const { message, reason } = budgetExhausted(shortage, { tokens: 20, microUsd: 0 });
  expect(reason).toBe('budget_exhausted');
  expect(message).toBe('the run has 100 tokens: 60 spent, 30 reserved, 20 asked');
});

test('asking again helps only while it is a reservation that is in the way', () => {
  expect(budgetExhausted(shortage, { tokens: 20, microUsd: 0 }).retryAfterMs).toBeGreaterThan(0);
  expect(budgetExhausted(shortage, { tokens: 41, microUsd: 0 }).retryAfterMs).toBeUndefined();
});
