import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Answers, everyRunEnds } from '../../test/play.ts';
import type { World } from '../../test/world.ts';

const capabilities = ['work', 'b', 'c', 'd'];

const roots = fc.record({
  kind: fc.constant('handoff'),
  id: fc.constant('h'),
  first: fc.constantFrom({ capability: 'work' }, { capability: 'work', agents: ['alice'] }),
  rules: fc.array(
    fc.record({
      when: fc.constantFrom('result == 0', 'result == 1', 'result == 2 && hop < 4', 'from == "b"', 'result.x == 1'),
      to: fc.record({ capability: fc.constantFrom(...capabilities) }),
      reason: fc.constant('r'),
    }),
    { minLength: 1, maxLength: 5 },
  ),
  maxHops: fc.integer({ min: 1, max: 6 }),
  performMs: fc.constant(1_000),
  attempts: fc.integer({ min: 1, max: 2 }),
});

const answers: Answers = (_task, pick) => (pick % 5 === 4 ? { x: 1 } : pick % 5);

/** Hops by rules and by agents together stay within the budget. */
function check({ log, plan }: World): void {
  const { root } = plan.definition;
  const children = new Set<string>();
  let asked = 0;
  for (const event of log) {
    if (event.type === 'TaskScheduled') children.add(event.path);
    if (event.type === 'AttemptClosed' && event.outcome === 'handoff' && event.error === undefined) asked++;
  }
  expect(children.size - 1 + asked).toBeLessThanOrEqual(root.kind === 'handoff' ? root.maxHops : 0);
}

test('whatever the rules and the agents want, the work ends within its budget of hops', () => {
  everyRunEnds(roots, answers, { check });
});
