import { expect, test } from 'vitest';
import { sequence, task, World } from '../test/world.ts';
import { initialState, summarize } from './index.ts';

test('a run is shown with every node that has begun', () => {
  const gate = {
    kind: 'gate',
    id: 'g',
    node: task('w'),
    checks: [{ validator: { capability: 'judge', performMs: 100, attempts: 1 } }],
  };
  const world = new World(sequence('s', task('a'), gate, task('z')));
  world.submit('in');
  world.park('0.0', 'bob');
  world.result('0.0', 1, 'alice');
  world.result('0.1.0', 2, 'bob');
  expect(summarize(world.plan, world.state)).toEqual({
    run: world.state.run,
    workflow: 'test',
    status: 'running',
    input: 'in',
    usage: { inputTokens: 9, outputTokens: 6, microUsd: 15, modelCalls: 3 },
    nodes: [
      { path: '0', id: 's', kind: 'sequence', status: 'running', attempts: 0 },
      { path: '0.0', id: 'a', kind: 'task', status: 'completed', attempts: 2, agent: 'alice' },
      { path: '0.1', id: 'g', kind: 'gate', status: 'running', attempts: 0 },
      { path: '0.1.0', id: 'w', kind: 'task', status: 'completed', attempts: 1, agent: 'bob' },
      { path: '0.1.1', id: 'check-1', kind: 'task', status: 'open', attempts: 1 },
    ],
  });
  world.result('0.1.1', { verdict: 'VALID' });
  world.result('0.2', 'out');
  const done = summarize(undefined, world.state);
  expect(done).toMatchObject({ status: 'completed', output: 'out' });
  expect(done.nodes.map(({ id, status }) => [id, status])).toContainEqual(['0.1.1', 'completed']);
});

test('a run without a log cannot be shown', () => {
  expect(() => summarize(undefined, initialState('r1'))).toThrow('has not begun');
});
