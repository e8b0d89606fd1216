import { expect, test } from 'vitest';
import { from, task, World } from '../../test/world.ts';

const schema = { schema: { type: 'object', required: ['text'], properties: { text: { type: 'string' } } } };
const validator = (more: object = {}) => ({
  validator: { capability: 'judge', performMs: 1_000, attempts: 1, ...more },
});
const gate = (checks: unknown[], more: object = {}) => ({
  kind: 'gate',
  id: 'g',
  node: task('write', { input: { q: from('/input'), feedback: from('/feedback') } }),
  checks,
  ...more,
});

test('a candidate that fits the schema is the output', () => {
  const world = new World(gate([schema]));
  world.submit('q');
  expect(world.attempt('0.0').input).toEqual({ q: 'q', feedback: null });
  world.result('0.0', { text: 'fine' });
  expect(world.settled()).toMatchObject({ status: 'completed', output: { text: 'fine' } });
});

test('a candidate that does not fit starts the next round with the reason as feedback', () => {
  const world = new World(gate([schema]));
  world.submit('q');
  world.result('0.0', { text: 5 });
  expect(world.openPaths()).toEqual(['0.1']);
  expect(world.attempt('0.1').input).toEqual({ q: 'q', feedback: expect.stringContaining('/text') });
  world.result('0.1', { text: 'better' });
  expect(world.settled().output).toEqual({ text: 'better' });
});

test('validators are asked one after the other with the candidate and the input', () => {
  const own = validator({ capability: 'other', input: { c: from('/candidate/text') } });
  const world = new World(gate([validator(), schema, own]));
  world.submit('q');
  world.result('0.0', { text: 'draft' });
  expect(world.attempt('0.1')).toMatchObject({
    capability: 'judge',
    input: { candidate: { text: 'draft' }, input: 'q' },
  });
  world.result('0.1', { verdict: 'VALID' });
  expect(world.attempt('0.2')).toMatchObject({ capability: 'other', input: { c: 'draft' } });
  world.result('0.2', { verdict: 'INVALID', reason: 'too short' });
  expect(world.attempt('0.3').input).toEqual({ q: 'q', feedback: 'too short' });
  world.result('0.3', { text: 'longer' });
  expect(world.attempt('0.4')).toMatchObject({
    capability: 'judge',
    input: { candidate: { text: 'longer' }, input: 'q' },
  });
  world.result('0.4', { verdict: 'VALID', reason: 'good' });
  world.result('0.5', { verdict: 'VALID' });
  expect(world.settled().output).toEqual({ text: 'longer' });
});

test.each(['yes', null, {}, { verdict: 'valid' }, [{ verdict: 'VALID' }]])(
  'the answer %j rejects the candidate',
  (answer) => {
    const world = new World(gate([validator()]));
    world.submit('q');
    world.result('0.0', 1);
    world.result('0.1', answer);
    expect(world.attempt('0.2').input).toMatchObject({ feedback: expect.stringContaining('verdict') });
  },
);

test('when no round passes it fails with the last reason', () => {
  const world = new World(gate([validator()], { rounds: 2 }));
  world.submit('q');
  world.result('0.0', 1);
  world.result('0.1', { verdict: 'INVALID', reason: 'first' });
  world.result('0.2', 2);
  world.result('0.3', { verdict: 'INVALID', reason: 'second' });
  expect(world.settled()).toMatchObject({
    status: 'failed',
    error: { code: 'gate_unsatisfied', message: expect.stringContaining('second') },
  });
});

test('a candidate or validator that fails itself fails the gate with its error', () => {
  const first = new World(gate([validator()]));
  first.submit('q');
  first.fail('0.0', false, 'no_idea');
  expect(first.settled().error?.code).toBe('no_idea');
  const second = new World(gate([validator()]));
  second.submit('q');
  second.result('0.0', 1);
  second.fail('0.1', true, 'judge_away');
  expect(second.settled().error?.code).toBe('judge_away');
});

test('a candidate that is kept as a blob does not pass a schema', () => {
  const world = new World(gate([schema]));
  world.submit('q');
  world.result('0.0', { $blob: { sha256: 'a'.repeat(64), by: 'alice', bytes: 70_000, type: 'application/json' } });
  expect(world.attempt('0.1').input).toMatchObject({ feedback: expect.stringContaining('too large') });
});
