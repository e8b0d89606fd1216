import fc from 'fast-check';
import { expect, test } from 'vitest';
import { everyRunEnds } from '../test/play.ts';
import type { World } from '../test/world.ts';

const roots = fc.record({
  kind: fc.constant('task'),
  id: fc.constant('t'),
  capability: fc.constant('work'),
  attempts: fc.integer({ min: 2, max: 20 }),
  performMs: fc.constant(1_000),
  agents: fc.constantFrom(undefined, ['alice', 'bob']),
  handoffs: fc.constantFrom(undefined, 0, 1, 3, 50),
});

/** Mostly hand-offs and refusals, with what cuts across them. */
const happens = fc.array(
  fc.record({
    what: fc.constantFrom(
      ...Array<string>(9).fill('handoff'),
      ...Array<string>(3).fill('offerRefused'),
      ...Array<string>(3).fill('resume'),
      'result',
      'failed',
      'parked',
      'lost',
      'again',
      'other',
      'halt',
      'forged',
      'unroutable',
    ),
    pick: fc.nat(1_000),
  }),
  { minLength: 5, maxLength: 40, size: 'max' },
);

/** Offers never exceed the budget, an offer is to nobody who would close a circle, and the rules refuse at most twice in a row. */
function check({ log, plan }: World): void {
  const { root } = plan.definition;
  const budget = root.kind === 'task' ? (root.handoffs ?? 4) : 0;
  let offers = 0;
  let refused = 0;
  for (const event of log) {
    if (event.type === 'TaskScheduled' && event.offer !== undefined) {
      expect(event.offer.hop).toBe(offers);
      expect(event.offer.avoid ?? []).not.toContain(event.offer.to);
      expect(event.brief ?? event.handoff).toBeUndefined();
    }
    if (event.type !== 'AttemptClosed' || event.outcome !== 'handoff') continue;
    refused = event.error === undefined ? 0 : refused + 1;
    if (event.error === undefined) offers++;
    expect(refused).toBeLessThanOrEqual(2);
    expect(event.handoff?.to).not.toBe(event.error === undefined ? event.by?.agent : '');
  }
  expect(offers).toBeLessThanOrEqual(budget);
}

test('whoever hands over what to whom and whoever refuses it, the task ends within its budget of hops', () => {
  everyRunEnds(roots, ({ input }) => input, { check, happens });
});
