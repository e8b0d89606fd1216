import { expect, test } from 'vitest';
import { from, World } from '../../test/world.ts';

const desk = (more: object = {}) => ({
  kind: 'handoff',
  id: 'desk',
  first: { capability: 'triage' },
  rules: [
    { when: 'result.topic == "billing"', to: { capability: 'billing' }, reason: 'about money' },
    {
      when: 'result.topic == "tech" && hop < 5',
      to: { capability: 'tech', agents: ['tess'], input: { q: from('/previous/q'), why: from('/handoff/reason') } },
      reason: 'about a machine',
    },
    { when: 'result.topic == "again"', to: { capability: 'triage' }, reason: 'start over' },
  ],
  ...more,
});
const begun = (more: object = {}) => {
  const world = new World(desk(more));
  world.submit({ text: 'hi' });
  return world;
};

test('a result that no rule wants is the output', () => {
  const world = begun();
  expect(world.attempt('0.0')).toMatchObject({ capability: 'triage', input: { text: 'hi' } });
  world.result('0.0', { topic: 'none' });
  expect(world.settled().output).toEqual({ topic: 'none' });
});

test('the first matching rule hands on, with the input, the result before and the reason alone', () => {
  const world = begun();
  world.result('0.0', { topic: 'billing', sum: 5 });
  expect(world.attempt('0.1')).toMatchObject({
    capability: 'billing',
    input: {
      input: { text: 'hi' },
      previous: { topic: 'billing', sum: 5 },
      handoff: { from: 'triage', reason: 'about money', hop: 1 },
    },
  });
  world.result('0.1', { topic: 'tech', q: 'broken' });
  expect(world.attempt('0.2')).toMatchObject({
    capability: 'tech',
    agents: ['tess'],
    input: { q: 'broken', why: 'about a machine' },
  });
  world.result('0.2', 'fixed');
  expect(world.settled()).toMatchObject({ status: 'failed', error: { code: 'expression_failed' } });
});

test('work that goes in a circle fails as handoff_cycle, with the way it took', () => {
  const world = begun();
  for (const [i, topic] of ['billing', 'again', 'billing', 'again'].entries()) world.result(`0.${i}`, { topic });
  expect(world.settled().error).toMatchObject({
    code: 'handoff_cycle',
    message: expect.stringContaining('triage → billing → triage → billing → triage'),
  });
});

test('the budget of hops is kept: one more fails as handoff_exhausted', () => {
  const world = begun({ maxHops: 1 });
  world.result('0.0', { topic: 'billing' });
  world.result('0.1', { topic: 'again' });
  expect(world.settled().error).toMatchObject({
    code: 'handoff_exhausted',
    message: expect.stringContaining('1 times'),
  });
});

test('hand-offs that agents ask for draw from the same budget', () => {
  const world = begun({ maxHops: 2 });
  world.handOver('0.0', { to: 'bob' });
  world.result('0.0', { topic: 'billing' }, 'bob');
  expect(world.attempt('0.1').input).toMatchObject({ handoff: { hop: 2 } });
  world.handOver('0.1', { to: 'carl' });
  expect(world.attempt('0.1').refused).toHaveLength(1);
  world.handOver('0.1', { to: 'carl' });
  expect(world.settled().error?.code).toBe('handoff_exhausted');
});

test('a task that fails fails the node with its error', () => {
  const world = begun();
  world.fail('0.0', false, 'no_idea');
  expect(world.settled().error?.code).toBe('no_idea');
});

test('expressions and templates are checked with the names that they see', () => {
  const rules = [{ when: 'outcome == 1', to: { capability: 'x', input: from('/candidate') }, reason: 'r' }];
  expect(() => new World(desk({ rules }))).toThrow(/\/rules\/0/);
  const first = { capability: 'x', input: from('/previous') };
  expect(() => new World(desk({ first }))).toThrow(/\/first\/input/);
});
