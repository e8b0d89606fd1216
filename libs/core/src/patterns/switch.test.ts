import { expect, test } from 'vitest';
import { from, sequence, task, World } from '../../test/world.ts';

const desks = {
  kind: 'switch',
  id: 's',
  cases: [
    { when: 'input.n > 5', node: task('big') },
    { when: 'true', node: task('small') },
  ],
};

test('the first case that holds is taken, without a model', () => {
  const world = new World(desks);
  world.submit({ n: 7 });
  world.result('0.0', 'done');
  expect(world.settled()).toMatchObject({ status: 'completed', output: 'done', steps: 1 });
});

const classified = {
  kind: 'switch',
  id: 's',
  classify: { capability: 'classify' },
  cases: [{ label: 'a', node: task('a', { input: from('/decision') }) }],
};

test('a classifier is asked for a label, and the case sees the decision', () => {
  const world = new World(classified);
  world.submit('text');
  expect(world.attempt('0.0')).toMatchObject({ capability: 'classify', input: { input: 'text', labels: ['a'] } });
  world.result('0.0', { label: 'a', confidence: 0.8 });
  expect(world.attempt('0.1').input).toEqual({ case: 0, label: 'a', confidence: 0.8 });
});

test.each([{ label: 'zzz' }, 7, null])(
  'the answer %j fits no case: otherwise is taken, without one it fails',
  (answer) => {
    const bare = new World(classified);
    bare.submit();
    bare.result('0.0', answer);
    expect(bare.settled()).toMatchObject({ status: 'failed', error: { code: 'no_case' } });
    const world = new World({ ...classified, otherwise: task('rest') });
    world.submit();
    world.result('0.0', answer);
    world.result('0.1', 'rest');
    expect(world.settled()).toMatchObject({ status: 'completed', output: 'rest' });
  },
);

test('a case without a condition is refused', () => {
  expect(() => new World({ kind: 'switch', id: 's', cases: [{ node: task('a') }] })).toThrow(/needs a when/);
});

test('a classifier is given what a task in its place would get', () => {
  const world = new World(sequence('q', task('first'), classified));
  world.submit('text');
  world.result('0.0', 'found');
  expect(world.attempt('0.1.0').input).toEqual({ input: 'found', labels: ['a'] });
});
