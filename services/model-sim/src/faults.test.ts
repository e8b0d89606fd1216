import { expect, test } from 'vitest';
import { effectsOf, FaultInjector, FaultPlan, type FaultSubject } from './faults.ts';

const anyone: FaultSubject = { model: 'm', agent: undefined, runId: undefined };
const cut = { kind: 'cut' as const, afterEvents: 1 };

const hits = (plan: unknown, requests: number, subject = anyone): number[] => {
  const injector = new FaultInjector(FaultPlan.parse(plan));
  return Array.from({ length: requests }, (_, index) => index + 1).filter(() => injector.next(subject).length > 0);
};

test('a rule can hit one request, some, the first few or all', () => {
  expect(hits([{ fault: cut, nth: 2 }], 4)).toEqual([2]);
  expect(hits([{ fault: cut, nth: [1, 3] }], 4)).toEqual([1, 3]);
  expect(hits([{ fault: cut, times: 2 }], 4)).toEqual([1, 2]);
  expect(hits([{ fault: cut }], 3)).toEqual([1, 2, 3]);
});

test('a rule for a model, an agent or a run leaves others alone', () => {
  const writer = { model: 'm', agent: 'writer', runId: 'r1' };
  expect(hits([{ fault: cut, agent: 'writer', runId: 'r1', model: 'm' }], 1, writer)).toEqual([1]);
  for (const rule of [{ agent: 'other' }, { runId: 'r2' }, { model: 'n' }]) {
    expect(hits([{ fault: cut, ...rule }], 1, writer)).toEqual([]);
  }
});

test('a seeded probability hits the same requests every time and about as many as it says', () => {
  const plan = { seed: 7, rules: [{ fault: cut, probability: 0.25 }] };
  const first = hits(plan, 1_000);
  expect(hits(plan, 1_000)).toEqual(first);
  expect(hits({ ...plan, seed: 8 }, 1_000)).not.toEqual(first);
  expect(first.length).toBeGreaterThan(200);
  expect(first.length).toBeLessThan(300);
});

test('combined faults add their delays, and of two ends of a stream the earlier one wins', () => {
  const effects = effectsOf([
    { kind: 'latency', ms: 5 },
    { kind: 'latency', ms: 7 },
    { kind: 'cut', afterEvents: 9 },
    { kind: 'stream_error', afterEvents: 3, type: 'overloaded_error' },
  ]);
  expect(effects).toMatchObject({ latencyMs: 12, stop: { after: 3, how: { error: 'overloaded_error' } } });
});

test('a plan with an unknown kind, field or value is refused', () => {
  for (const plan of [
    [{ fault: { kind: 'nope' } }],
    [{ fault: cut, when: 1 }],
    [{ fault: { ...cut, afterEvents: -1 } }],
    {},
  ]) {
    expect(FaultPlan.safeParse(plan).success, JSON.stringify(plan)).toBe(false);
  }
});
