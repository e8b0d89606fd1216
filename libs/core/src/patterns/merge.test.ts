import { expect, test } from 'vitest';
import { task, World } from '../../test/world.ts';

const fan = (merge: object, more: object = {}) => ({
  kind: 'concurrent',
  id: 'fan',
  branches: [task('a'), task('b'), task('c')],
  merge,
  ...more,
});

function outcome(root: object, outputs: unknown[]) {
  const world = new World(root);
  world.submit();
  for (const [i, output] of outputs.entries()) world.result(`0.${i}`, output as never);
  return world.settled();
}

test.each([
  [{ by: 'vote' }, ['x', 'y', 'x'], { value: 'x', votes: 2, of: 3 }],
  [{ by: 'vote', on: '/answer' }, [{ answer: 1 }, { answer: 2 }, {}], { value: 1, votes: 1, of: 3 }],
  [
    { by: 'confidence', on: '/a' },
    [
      { a: 1, confidence: 0.6 },
      { a: 2, confidence: 0.9 },
      { a: 1, confidence: 0.5 },
    ],
    { a: 1, confidence: 0.6 },
  ],
  [{ by: 'expert', order: ['c', 'a'] }, [1, 2, 3], 3],
  [{ by: 'custom', expression: 'outputs.filter(x, x > 1.0)' }, [1, 2, 3], [2, 3]],
  [{ by: 'list' }, [1, 2, 3], [1, 2, 3]],
])('%j of %j is %j', (merge, outputs, expected) => {
  expect(outcome(fan(merge), outputs)).toMatchObject({ status: 'completed', output: expected });
});

test.each([
  [{ by: 'vote', onTie: 'fail' }, [1, 2, 3], 'merge_tie'],
  [{ by: 'vote', on: '/zip' }, [1, 2, 3], 'merge_no_value'],
  [{ by: 'confidence', on: '/zip' }, [1, 2, 3], 'merge_no_value'],
  [{ by: 'custom', expression: 'outputs[9]' }, [1, 2, 3], 'expression_failed'],
])('%j of %j fails as %s', (merge, outputs, code) => {
  expect(outcome(fan(merge), outputs)).toMatchObject({ status: 'failed', error: { code } });
});

test('a synthesis is one more task over the outputs, and its result is the node’s', () => {
  const world = new World(fan({ by: 'synthesis', ask: { capability: 'sum' } }, { onFailure: 'bestEffort' }));
  world.submit();
  world.result('0.0', 1);
  world.fail('0.1');
  world.result('0.2', 3);
  expect(world.attempt('0.3')).toMatchObject({ capability: 'sum', input: { outputs: [1, 3] } });
  world.result('0.3', 4);
  expect(world.settled()).toMatchObject({ status: 'completed', output: 4 });
});

test('enough results end it early; what is open is cancelled', () => {
  const world = new World(fan({ by: 'list' }, { enough: { count: 2 } }));
  world.submit();
  world.result('0.2', 3);
  world.result('0.0', 1);
  expect(world.settled()).toMatchObject({ status: 'completed', output: [1, 3], steps: 3 });
  const sure = new World(fan({ by: 'list' }, { enough: { when: 'last.confidence > 0.9' } }));
  sure.submit();
  sure.result('0.1', { confidence: 0.95 });
  expect(sure.settled()).toMatchObject({ status: 'completed', output: [{ confidence: 0.95 }] });
});

test('enough with a synthesis starts it while other branches are open', () => {
  const world = new World(fan({ by: 'synthesis', ask: { capability: 'sum' } }, { enough: { count: 1 } }));
  world.submit();
  world.result('0.1', 2);
  world.result('0.0', 1);
  world.result('0.3', 'done');
  expect(world.settled()).toMatchObject({ status: 'completed', output: 'done' });
});

test('no expert among those that completed fails as merge_no_expert', () => {
  const world = new World(fan({ by: 'expert', order: ['a'] }, { onFailure: 'bestEffort' }));
  world.submit();
  world.fail('0.0');
  world.result('0.1', 2);
  world.result('0.2', 3);
  expect(world.settled()).toMatchObject({ status: 'failed', error: { code: 'merge_no_expert' } });
});

test.each<[object, string]>([
  [{ merge: { by: 'expert', order: ['aa'] } }, '/root/merge/order/0: no branch is called aa; the nearest is a'],
  [{ merge: { by: 'vote', on: 'verdict' } }, '/root/merge/on: "verdict" is not a JSON Pointer'],
  [{ merge: { by: 'confidence', confidence: 'sure' } }, '/root/merge/confidence: "sure" is not a JSON Pointer'],
  [{ onFailure: { quorum: 4 } }, '/root/onFailure/quorum: 4 branches are to complete, but there are 3'],
  [{ enough: { count: 4 } }, '/root/enough/count: 4 branches are to complete, but there are 3'],
])('%j can never come out and is refused', (more, message) => {
  expect(() => new World(fan({ by: 'list' }, more))).toThrow(message);
});

test('over no items there is nothing to vote on, and an empty list otherwise', () => {
  const over = (merge: object) => ({ kind: 'concurrent', id: 'c', map: { over: [], node: task('t') }, merge });
  const none = new World(over({ by: 'vote' }));
  none.submit();
  expect(none.settled()).toMatchObject({ status: 'failed', error: { code: 'merge_no_value' } });
  const list = new World(over({ by: 'list' }));
  list.submit();
  expect(list.settled()).toMatchObject({ status: 'completed', output: [] });
});
