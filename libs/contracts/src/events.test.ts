import { expect, test } from 'vitest';
import { Decision, decisionHash, sealDecision } from './events.ts';
import { decodeJson } from './json.ts';

const unsealed = {
  v: 1 as const,
  run: 'r1',
  n: 1,
  prev: '',
  at: 5,
  causes: ['s'],
  events: [{ type: 'WakeArmed' as const, dueAt: 9 }],
};

test('a sealed decision verifies after a round trip', () => {
  const { payload } = sealDecision(unsealed);
  const read = Decision.parse(decodeJson(payload));
  expect(decisionHash(read)).toBe(read.hash);
});

test('any edit changes the hash', () => {
  const { decision } = sealDecision(unsealed);
  for (const edit of [{ n: 2 }, { at: 6 }, { prev: 'x' }, { causes: [] }, { events: [] }, { run: 'r2' }]) {
    expect(decisionHash({ ...decision, ...edit })).not.toBe(decision.hash);
  }
});
