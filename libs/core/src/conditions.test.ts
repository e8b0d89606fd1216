import { expect, test } from 'vitest';
import { from, sequence, task, World } from '../test/world.ts';
import { compilePlan, type DefinitionError, summarize } from './index.ts';
import { define } from '../test/world.ts';

test('a step whose condition does not hold is skipped: the next one sees the output before it', () => {
  const world = new World(
    sequence('all', task('a'), task('b', { when: 'steps.a.score > 0.5' }), task('c', { input: from('/previous') })),
  );
  world.submit();
  world.result('0.0', { score: 0.2 });
  expect(world.openPaths()).toEqual(['0.2']);
  expect(world.attempt('0.2').input).toEqual({ score: 0.2 });
  world.result('0.2', 'done');
  expect(world.settled()).toMatchObject({ status: 'completed', output: 'done', steps: 2 });
  expect(summarize(world.plan, world.state).nodes.map(({ id, status }) => [id, status])).toEqual([
    ['all', 'completed'],
    ['a', 'completed'],
    ['b', 'skipped'],
    ['c', 'completed'],
  ]);
});

test('a condition without a value fails its node', () => {
  const world = new World(sequence('all', task('a', { when: 'input.zip == 1' })));
  world.submit({});
  expect(world.settled()).toMatchObject({ status: 'failed', error: { code: 'expression_failed' } });
});

test('a sequence ends early with the output of the step that was enough', () => {
  const world = new World({ ...sequence('all', task('a'), task('b')), stopWhen: 'previous.confidence >= 0.9' });
  world.submit();
  world.result('0.0', { confidence: 0.95 });
  expect(world.settled()).toMatchObject({ status: 'completed', output: { confidence: 0.95 }, steps: 1 });
});

test('the run’s own usage can be looked at', () => {
  const world = new World(sequence('all', task('a'), task('b', { when: 'run.microUsd < 5' })));
  world.submit();
  world.result('0.0', 1);
  expect(world.settled()).toMatchObject({ status: 'completed', output: 1, steps: 1 });
});

test('a task that names its agents asks only them', () => {
  const world = new World(task('a', { agents: ['alice'] }));
  world.submit();
  expect(world.attempt('0')).toMatchObject({ agents: ['alice'] });
});

test('names that are not visible and expressions that are none are found before any run', () => {
  const definition = define(
    sequence('all', task('a', { when: 'previus == 1' }), task('b', { when: 'steps.c.x' }), task('c', { when: '1 +' })),
  );
  try {
    compilePlan(definition, 'd');
    expect.unreachable();
  } catch (error) {
    expect((error as DefinitionError).problems).toMatchObject([
      { pointer: '/root/steps/0/when', code: 'reference_unknown' },
      { pointer: '/root/steps/1/when', code: 'reference_unknown', message: expect.stringContaining('/steps/a') },
      { pointer: '/root/steps/2/when', code: 'expression_invalid' },
    ]);
  }
});
