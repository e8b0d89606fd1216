import { expect, test } from 'vitest';
import { compilePlan, DefinitionError, summarize } from '../index.ts';
import { define, from, task, World } from '../../test/world.ts';

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

const command = { command: { run: ['node', '--check', 'a.mjs'], expectExit: 0 } };
const measured = (exitCode: number) => ({ exitCode, digest: 'd', durationMs: 5, outputTail: 'SyntaxError' });

test('a command is run by the runner with the files of the candidate, and its output is the reason of a refusal', () => {
  const world = new World(gate([command]));
  world.submit('q');
  const files = [{ path: 'a.mjs', content: 'x' }];
  world.result('0.0', { files });
  expect(world.attempt('0.1')).toMatchObject({ capability: 'run_command', agents: ['runner'], input: { files } });
  world.result('0.1', measured(1), 'runner');
  expect(world.attempt('0.2').input).toMatchObject({
    feedback: 'node --check a.mjs ended with 1, not 0: SyntaxError',
  });
  world.result('0.2', { files: [] });
  world.result('0.3', measured(0), 'runner');
  expect(world.settled()).toMatchObject({ status: 'completed', output: { files: [] } });
});

test.each([
  ['command_timeout', true],
  ['input_invalid', true],
  ['command_not_allowed', false],
  ['unroutable', false],
])('a command that ends as %s refuses the candidate: %s', (code, refuses) => {
  const world = new World(gate([command]));
  world.submit('q');
  world.result('0.0', 1);
  world.fail('0.1', false, code);
  if (refuses) expect(world.attempt('0.2').input).toMatchObject({ feedback: expect.stringContaining(code) });
  else expect(world.settled().error?.code).toBe(code);
});

test('a runner that does not say how the command ended is no evidence', () => {
  const world = new World(gate([command], { rounds: 1 }));
  world.submit('q');
  world.result('0.0', 1);
  world.result('0.1', { exitCode: '0' }, 'runner');
  expect(world.settled().error?.code).toBe('gate_unsatisfied');
});

test('a candidate that is kept as a blob has no files to test', () => {
  const world = new World(gate([command]));
  world.submit('q');
  world.result('0.0', { $blob: { sha256: 'a'.repeat(64), by: 'alice', bytes: 70_000, type: 'application/json' } });
  expect(world.attempt('0.1').input).toMatchObject({ feedback: expect.stringContaining('too large') });
});

test('an expression sees the candidate, the input and the feedback', () => {
  const world = new World(gate([{ expression: 'candidate == input || feedback != null', reason: 'not the same' }]));
  world.submit('q');
  world.result('0.0', 'p');
  expect(world.attempt('0.1').input).toMatchObject({ feedback: 'not the same' });
  world.result('0.1', 'p');
  expect(world.settled().output).toBe('p');
});

test('what no candidate passes can go to people', () => {
  const otherwise = { kind: 'approval', id: 'people', title: 'Take it as it is?', action: from('/candidate') };
  const world = new World(gate([schema], { rounds: 1, otherwise }));
  world.submit('q');
  world.result('0.0', 5);
  const [, , asked] = summarize(world.plan, world.state).nodes;
  expect(asked?.approval).toMatchObject({ action: 5 });
  const { approval = '', digest = '' } = asked?.approval ?? {};
  world.deliver({ kind: 'approval', approval, digest, decision: 'approve', by: 'eve' });
  expect(world.settled()).toMatchObject({ status: 'completed', output: { approved: true, action: 5 } });
});

test.each([
  [{ schema: { enum: [] } }],
  [{ schema: { type: 'string', minLength: 5, maxLength: 3 } }],
  [{ schema: { minimum: 2, maximum: 1 } }],
  [{ schema: { type: 'object', required: ['a'], properties: { a: false } } }],
  [{ schema: { type: 'array', minItems: 1, items: { const: 1, enum: [2] } } }],
  [{ schema: { anyOf: [{ enum: [] }, { type: 'number', minimum: 3, maximum: 2 }] } }],
  [{ expression: '1 > 2' }],
])('%j can never pass: it is refused before any run', (check) => {
  const codes = (): string[] => {
    try {
      compilePlan(define(gate([check])), 'd');
    } catch (error) {
      if (error instanceof DefinitionError) return error.problems.map(({ code }) => code);
    }
    return [];
  };
  expect(codes()).toContain('unsatisfiable');
});
