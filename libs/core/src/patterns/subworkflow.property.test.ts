import fc from 'fast-check';
import { expect, test } from 'vitest';
import { everyRunEnds } from '../../test/play.ts';

const task = (id: string) => ({ kind: 'task', id, capability: 'work', attempts: 2, performMs: 500 });

const sub = (root: unknown, id: string, input: unknown) => ({
  kind: 'subworkflow',
  id,
  workflow: 'w',
  root,
  ...(input === undefined ? {} : { input }),
});

const inner = fc.constantFrom<unknown>(
  task('a'),
  { kind: 'sequence', id: 'a', steps: [task('b'), task('c')] },
  { kind: 'concurrent', id: 'a', branches: [task('b'), task('c')], onFailure: 'bestEffort' },
);
const inputs = fc.constantFrom(undefined, { $from: '/input' }, { $from: '/input/9' }, 7);

test('a workflow inside another: every run ends, with each of its tasks at most once', () => {
  everyRunEnds(
    fc.record({ nodes: inner, first: inputs, second: inputs, schema: fc.boolean() }).map((drawn) => ({
      kind: 'sequence',
      id: 'outer',
      steps: [
        sub(sub(drawn.nodes, 'deep', drawn.second), 'a', drawn.first),
        {
          ...sub(drawn.nodes, 'b', drawn.second),
          ...(drawn.schema ? { inputSchema: { type: 'number', maximum: 5 } } : {}),
        },
      ],
    })),
    (_task, pick) => pick % 10,
    {
      check: (world) => expect(world.settled().steps).toBeLessThanOrEqual(4),
    },
  );
});
