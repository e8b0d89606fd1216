import fc from 'fast-check';
import { expect, test } from 'vitest';
import { everyRunEnds } from '../test/play.ts';

test('tasks that may take outputs again: every run ends, and no output is of other work', () => {
  everyRunEnds(
    fc
      .record({ over: fc.array(fc.nat(2), { maxLength: 8 }), maxInFlight: fc.integer({ min: 1, max: 3 }) })
      .map(({ over, maxInFlight }) => ({
        kind: 'concurrent',
        id: 'map',
        onFailure: 'bestEffort',
        maxInFlight,
        map: {
          over,
          node: { kind: 'task', id: 't', capability: 'work', input: { $from: '/item' }, cache: true, attempts: 2 },
        },
      })),
    ({ input, capability }) => `${capability} on ${JSON.stringify(input)}`,
    {
      check({ log }) {
        const known = new Map(log.flatMap((event) => (event.type === 'AttemptClosed' ? [[event.output, true]] : [])));
        for (const event of log)
          if (event.type === 'NodeSettled' && event.cached) expect(known.has(event.output)).toBe(true);
      },
    },
  );
});
