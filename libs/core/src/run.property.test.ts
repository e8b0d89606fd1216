import fc from 'fast-check';
import { test } from 'vitest';
import { everyRunEnds, judgeOrSeven, SEEDS } from '../test/play.ts';

/** Trees of all kinds. Ids are numbered afterwards, so that they are unique. */
const trees = fc.letrec<{ node: object }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3, depthSize: 'small', withCrossShrink: true },
    fc.record({
      kind: fc.constant('task'),
      capability: fc.constant('work'),
      attempts: fc.integer({ min: 1, max: 3 }),
      performMs: fc.integer({ min: 100, max: 5_000 }),
    }),
    fc.record({
      kind: fc.constant('sequence'),
      when: fc.constantFrom(undefined, 'run.steps < 3.0', 'input.missing == 1'),
      steps: fc.array(tie('node'), { minLength: 1, maxLength: 3 }),
      stopWhen: fc.constantFrom(undefined, 'previous == 7', 'run.steps >= 2'),
    }),
    fc.record({
      kind: fc.constant('concurrent'),
      branches: fc.array(tie('node'), { minLength: 1, maxLength: 4 }),
      maxInFlight: fc.integer({ min: 1, max: 3 }),
      onFailure: fc.constantFrom('all', 'bestEffort', { quorum: 1 }, { quorum: 2 }),
    }),
    fc.record({
      kind: fc.constant('concurrent'),
      map: fc.record({ over: fc.constantFrom([], [1, 2, 3], { $from: '/input' }), node: tie('node') }),
      maxInFlight: fc.integer({ min: 1, max: 3 }),
      onFailure: fc.constantFrom('all', 'bestEffort', { quorum: 1 }),
    }),
    fc.record({
      kind: fc.constant('gate'),
      node: tie('node'),
      checks: fc.constantFrom(
        [{ schema: { type: 'number' } }],
        [{ validator: { capability: 'judge', performMs: 100, attempts: 2 } }],
        [{ validator: { capability: 'judge', performMs: 100, attempts: 1 } }, { schema: { type: 'number' } }],
      ),
      rounds: fc.integer({ min: 1, max: 3 }),
    }),
  ),
})).node;

function withIds(node: object, next = { id: 0 }): object {
  const { steps, branches, map, node: inner, ...rest } = node as Record<string, unknown>;
  const own: Record<string, unknown> = { ...rest, id: `n${next.id++}` };
  if (Array.isArray(steps)) own['steps'] = steps.map((step) => withIds(step as object, next));
  if (Array.isArray(branches)) {
    own['branches'] = branches.map((branch) => withIds(branch as object, next));
    // A quorum of more branches than there are is refused before any run.
    const { quorum } = own['onFailure'] as { quorum?: number };
    if (quorum !== undefined) own['onFailure'] = { quorum: Math.min(quorum, branches.length) };
  }
  if (inner !== undefined) own['node'] = withIds(inner as object, next);
  if (map !== undefined) {
    const { over, node: each } = map as { over: unknown; node: object };
    own['map'] = { over, node: withIds(each, next) };
  }
  return own;
}

test('whatever happens in whatever order, every run settles exactly once and its log is sound', () => {
  everyRunEnds(
    trees.map((tree) => withIds(tree)),
    judgeOrSeven,
    { numRuns: Math.min(SEEDS, 400) },
  );
});
