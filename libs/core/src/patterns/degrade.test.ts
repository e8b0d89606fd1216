import { expect, test } from 'vitest';
import { from, task, World } from '../../test/world.ts';

const levels = [
  { name: 'optimal', when: 'input.rich', node: task('team') },
  { name: 'reduced', node: task('pair', { input: from('/level') }) },
  { name: 'single', node: task('one', { input: from('/error') }) },
];

test('it starts at the best level that holds and says how far it went down', () => {
  const world = new World({ kind: 'degrade', id: 'd', levels });
  world.submit({ rich: false });
  expect(world.attempt('0.0').input).toBe('reduced');
  world.fail('0.0');
  expect(world.attempt('0.1').input).toMatchObject({ code: 'broken' });
  world.result('0.1', 7);
  expect(world.settled().output).toEqual({ level: 'single', degraded: true, output: 7 });
});

test('the best level is not degraded', () => {
  const world = new World({ kind: 'degrade', id: 'd', levels });
  world.submit({ rich: true });
  world.result('0.0', 7);
  expect(world.settled().output).toEqual({ level: 'optimal', degraded: false, output: 7 });
});

test('no level that holds, and the last one failing, are failures', () => {
  const none = new World({ kind: 'degrade', id: 'd', levels: levels.slice(0, 1) });
  none.submit({ rich: false });
  expect(none.settled()).toMatchObject({ status: 'failed', error: { code: 'no_level' } });
  const last = new World({ kind: 'degrade', id: 'd', levels: levels.slice(0, 1) });
  last.submit({ rich: true });
  last.fail('0.0');
  expect(last.settled()).toMatchObject({ status: 'failed', error: { code: 'broken' } });
});
