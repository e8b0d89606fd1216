import type { Json } from '@parley/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Answers, everyRunEnds } from '../../test/play.ts';
import type { World } from '../../test/world.ts';

const task = (id: string, capability: string) => ({ kind: 'task', id, capability, attempts: 2, performMs: 500 });

const lists: Json[] = [
  [],
  [{ id: 'a' }],
  [
    { id: 'a', passes: true },
    { id: 'b', description: 'x' },
  ],
  [{ id: 'a' }, { id: 'b' }, { id: 'c' }],
  [{ id: 'a' }, { id: 'a' }],
  [{ title: 'no id' }],
  'no list',
];

const roots = fc.record({
  kind: fc.constant('featureList'),
  id: fc.constant('f'),
  features: fc.constantFrom(...lists),
  work: fc.constantFrom<object>(task('w', 'work'), {
    kind: 'sequence',
    id: 's',
    steps: [task('w', 'work'), { ...task('v', 'work'), when: '!has(previous.passes)' }],
  }),
  evidence: fc.constantFrom<object>(
    { command: { run: ['node', '--test'] } },
    { command: { run: ['node', '--test'], files: [] } },
    { node: task('j', 'judge') },
    { command: { run: ['node', '--test'], files: [] }, node: task('j', 'judge') },
  ),
  attempts: fc.integer({ min: 1, max: 3 }),
  onExhausted: fc.constantFrom('stop', 'skip'),
  maxFeatures: fc.constantFrom(2, 100),
});

const given: Record<string, readonly Json[]> = {
  work: [
    { files: [{ path: 'a.mjs', content: 'passes: true' }] },
    { files: [{ path: 'a.mjs', content: '' }], passed: false },
    { files: [], feature: { status: 'Tested' } },
    { passes: true },
    7,
    null,
  ],
  judge: [{ passed: true }, { passed: true }, { passed: false, reason: 'r' }, {}, 7],
  run_command: [
    { exitCode: 0, digest: 'd', durationMs: 1, outputTail: '' },
    { exitCode: 0, digest: 'd', durationMs: 1, outputTail: '' },
    { exitCode: 1, digest: 'd', durationMs: 1, outputTail: 'x' },
    'nonsense',
  ],
};

const answers: Answers = ({ capability }, pick) => {
  const list = given[capability] ?? [7];
  return list[pick % list.length] ?? null;
};

const placesOf = ({ log }: World): number =>
  new Set(
    log.flatMap((event) => (event.type === 'TaskScheduled' && event.path.split('.').length === 2 ? [event.path] : [])),
  ).size;

function check(world: World): void {
  const { root } = world.plan.definition;
  if (root.kind !== 'featureList') throw new Error('the root is a feature list');
  const { features, attempts } = root;
  const total = Array.isArray(features) ? features.length : 0;
  expect(placesOf(world)).toBeLessThanOrEqual(total * attempts * 3);
  const { status, output } = world.settled();
  if (status !== 'completed') return;
  expect(output).toHaveLength(total);
  for (const row of output as { [key: string]: Json }[]) {
    expect(row['passes'] === true).toBe(row['evidence'] !== null);
    expect(row['attempts']).toBeLessThanOrEqual(attempts);
  }
}

test('whatever is worked, claimed and shown, the list ends within its attempts, and passes only with evidence', () => {
  everyRunEnds(roots, answers, { check });
});
