import { expect, test } from 'vitest';
import { from, sequence, task, World } from '../../test/world.ts';

const boss = (more: object = {}) => ({
  kind: 'supervisor',
  id: 's',
  plan: { capability: 'plan' },
  workers: [
    { name: 'ann', description: 'letters', ask: { capability: 'write' } },
    { name: 'bob', ask: { capability: 'count' } },
  ],
  ...more,
});

const plan = (...assignments: [string, string][]) => ({
  assignments: assignments.map(([worker, instruction]) => ({ worker, instruction })),
});

function planned(root: object, ...assignments: [string, string][]): World {
  const world = new World(root);
  world.submit('goal');
  world.result('0.0', plan(...assignments));
  return world;
}

test('it plans, delegates, and gives the results in the order they were accepted', () => {
  const world = new World(boss());
  world.submit('goal');
  expect(world.attempt('0.0').input).toMatchObject({
    goal: 'goal',
    workers: [
      { name: 'ann', description: 'letters' },
      { name: 'bob', description: '' },
    ],
    problems: [],
  });
  world.result('0.0', plan(['ann', 'write it'], ['bob', 'count it']));
  expect(world.attempt('0.1')).toMatchObject({
    capability: 'write',
    input: { goal: 'goal', instruction: 'write it', feedback: null },
  });
  world.result('0.2', 3);
  world.result('0.1', 'text');
  expect(world.settled().output).toEqual([
    { worker: 'bob', instruction: 'count it', output: 3 },
    { worker: 'ann', instruction: 'write it', output: 'text' },
  ]);
});

test('a synthesis gets the goal and the results', () => {
  const world = planned(boss({ synthesize: { capability: 'sum' } }), ['ann', 'write']);
  world.result('0.1', 'text');
  expect(world.attempt('0.2').input).toEqual({
    goal: 'goal',
    results: [{ worker: 'ann', instruction: 'write', output: 'text' }],
  });
  world.result('0.2', 'all');
  expect(world.settled()).toMatchObject({ status: 'completed', output: 'all' });
});

test('what a review sends back is done again by the same worker, what it refuses by another', () => {
  const world = planned(boss({ review: { capability: 'review' }, maxRevisions: 1 }), ['ann', 'write']);
  world.result('0.1', 'v1');
  expect(world.attempt('0.2').input).toEqual({ goal: 'goal', instruction: 'write', result: 'v1' });
  world.result('0.2', { verdict: 'revise', reason: 'too short' });
  expect(world.attempt('0.3')).toMatchObject({ capability: 'write', input: { feedback: 'too short' } });
  world.result('0.3', 'v2');
  world.result('0.4', { verdict: 'revise', reason: 'still' });
  expect(world.attempt('0.5')).toMatchObject({
    capability: 'count',
    input: { feedback: expect.stringContaining('ann was refused: still') },
  });
  world.result('0.5', 'v3');
  world.result('0.6', { verdict: 'accept' });
  expect(world.settled()).toMatchObject({ status: 'completed', output: [{ worker: 'bob', output: 'v3' }] });
});

test('an assignment that two workers could not do changes the plan, which is told why', () => {
  const world = planned(boss(), ['ann', 'write']);
  world.fail('0.1');
  world.fail('0.2');
  expect(world.attempt('0.3').input).toMatchObject({ problems: [expect.stringContaining('bob failed: broken')] });
  world.result('0.3', plan(['bob', 'other']));
  world.result('0.4', 'ok');
  expect(world.settled()).toMatchObject({ status: 'completed', output: [{ worker: 'bob', output: 'ok' }] });
});

test.each([[{}], ['nonsense'], [plan(['zoe', 'x'])], [plan(['ann', ' '])], [{ assignments: [] }]])(
  'a plan that is none, %j, is asked for again, and then given up',
  (answer) => {
    const world = new World(boss({ maxReplans: 1 }));
    world.submit('goal');
    world.result('0.0', answer);
    expect(world.attempt('0.1').input).toMatchObject({ problems: [expect.any(String)] });
    world.result('0.1', answer);
    expect(world.settled()).toMatchObject({ status: 'failed', error: { code: 'supervisor_exhausted' } });
  },
);

test('delegations in all are bounded', () => {
  const world = planned(boss({ maxDelegations: 1 }), ['ann', 'a'], ['bob', 'b']);
  expect(world.settled()).toMatchObject({
    error: { code: 'supervisor_exhausted', message: expect.stringContaining('limit is 1') },
  });
});

test('a worker can be a team of its own', () => {
  const team = boss({ id: 'team', goal: from('/assignment/instruction') });
  const world = planned(boss({ workers: [{ name: 'team', node: sequence('all', team, task('end')) }] }), [
    'team',
    'do it',
  ]);
  expect(world.attempt('0.1.0.0')).toMatchObject({ capability: 'plan', input: { goal: 'do it' } });
  world.result('0.1.0.0', plan(['ann', 'part']));
  world.result('0.1.0.1', 'done');
  world.result('0.1.1', 'end');
  expect(world.settled()).toMatchObject({ status: 'completed', output: [{ worker: 'team', output: 'end' }] });
});
