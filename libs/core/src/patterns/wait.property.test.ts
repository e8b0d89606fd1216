import fc from 'fast-check';
import { test } from 'vitest';
import { everyRunEnds } from '../../test/play.ts';

const waits = fc
  .oneof(
    fc.record({ ms: fc.constantFrom(0, 100, 5_000) }),
    fc.record({ until: fc.constantFrom(0, 2_000, { $from: '/input' }) }),
    fc.record({
      event: fc.record({ name: fc.constantFrom('go', 'other'), timeoutMs: fc.constantFrom(1_000, 9_000) }),
      onTimeout: fc.constantFrom('fail', 'continue'),
    }),
  )
  .map((more) => ({ kind: 'wait', ...more }));

test('every run that waits for time or the world ends', () => {
  everyRunEnds(
    fc.tuple(waits, waits, fc.boolean()).map(([a, b, apart]) => {
      const work = { kind: 'task', id: 't', capability: 'work', attempts: 1, performMs: 500 };
      const [first, second] = [
        { ...a, id: 'a' },
        { ...b, id: 'b' },
      ];
      return apart
        ? { kind: 'concurrent', id: 'c', branches: [first, second, work], onFailure: 'bestEffort' }
        : { kind: 'sequence', id: 's', steps: [first, work, second] };
    }),
    () => 7,
  );
});
