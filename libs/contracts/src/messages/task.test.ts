import { expect, test } from 'vitest';
import { ContractError, Propose } from '../index.ts';

const bid = { task: 't', attempt: 1, cost: 1, etaMs: 10, confidence: 0.5, load: 0 };
const fieldOf = (change: object): string | undefined => {
  try {
    Propose.parse({ conversation: 'c', instance: 'i', proposals: [{ ...bid, ...change }], refusals: [] });
  } catch (error) {
    if (error instanceof ContractError && error.code === 'message_invalid') return error.field;
    throw error;
  }
  return undefined;
};

test.each<[object, string | undefined]>([
  [{}, undefined],
  [{ cost: 0 }, undefined],
  [{ cost: Number.NaN }, 'cost'],
  [{ cost: -1 }, 'cost'],
  [{ cost: Number.POSITIVE_INFINITY }, 'cost'],
  [{ cost: undefined }, 'cost'],
  [{ cost: null }, 'cost'],
  [{ confidence: 2 }, 'confidence'],
  [{ confidence: -0.1 }, 'confidence'],
])('a bid with %j: the wrong field is named', (change, field) => {
  expect(fieldOf(change)).toBe(field === undefined ? undefined : `/proposals/0/${field}`);
});
