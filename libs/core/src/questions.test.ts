import { expect, test } from 'vitest';
import { sequence, task, World } from '../test/world.ts';
import { summarize, workItems } from './index.ts';

function started(root: object = task('a')): World {
  const world = new World(root);
  world.submit();
  return world;
}

test('a question waits without an open attempt; its answer continues the same journal at its holder', () => {
  const world = started();
  const { journal } = world.attempt('0');
  world.ask('0', { action: { of: 'the wall' }, options: ['red', 'blue'] });
  expect(world.openPaths()).toEqual([]);
  expect(world.waiting()).toMatchObject([
    { approval: `${world.state.run}-0-q1`, ask: 'answer', title: 'Which colour?', options: ['red', 'blue'] },
  ]);
  expect(summarize(world.plan, world.state).nodes[0]).toMatchObject({ status: 'asking' });
  world.say({ decision: 'answer', answer: 'red', reason: 'warm' });
  expect(world.attempt('0')).toMatchObject({
    attempt: 2,
    journal,
    continues: true,
    prefer: 'alice',
    answer: { name: 'colour', attempt: 1, outcome: 'answered', value: 'red', by: ['ann'], reason: 'warm' },
  });
  world.result('0', 'painted');
  expect(world.settled()).toMatchObject({ status: 'completed', output: 'painted', steps: 1 });
  expect(workItems(world.state)).toMatchObject([{ status: 'answered' }]);
});

test('asking uses up no attempt', () => {
  const world = started(task('a', { attempts: 1 }));
  for (let i = 1; i <= 3; i++) {
    world.ask('0', { name: `q${i}` });
    world.say({ decision: 'answer', answer: i });
  }
  world.result('0', 'done');
  expect(world.settled().status).toBe('completed');
});

test('a task that asks without end fails', () => {
  const world = started();
  for (let i = 0; i < 16; i++) {
    world.ask('0');
    world.say({ decision: 'answer', answer: i });
  }
  world.ask('0');
  expect(world.settled()).toMatchObject({ error: { code: 'questions_exhausted' } });
});

test('an answer that does not do is refused: not an option, not the schema, to another question', () => {
  const world = started();
  world.ask('0', { options: ['red', 'blue'] });
  world.say({ decision: 'answer', answer: 'green' });
  expect(world.refusal()).toBe('answer_invalid');
  world.say({ decision: 'answer' });
  expect(world.refusal()).toBe('answer_invalid');
  world.say();
  expect(world.refusal()).toBe('answer_invalid');
  world.say({ decision: 'answer', answer: 'red', digest: 'other' });
  expect(world.refusal()).toBe('digest_mismatch');
  world.say({ decision: 'answer', answer: 'red', approval: `${world.state.run}-0-q2` });
  expect(world.refusal()).toBe('approval_unknown');
  world.say({ decision: 'answer', answer: 'red', approval: `${world.state.run}-0` });
  expect(world.refusal()).toBe('approval_unknown');
  const { approval = '', digest = '' } = world.waiting()[0] ?? {};
  world.say({ decision: 'answer', answer: 'red' });
  world.say({ decision: 'answer', answer: 'blue', approval, digest });
  expect(world.refusal()).toBe('approval_closed');
  expect(world.attempt('0').answer?.value).toBe('red');
  const other = started();
  other.ask('0', { schema: { type: 'integer' } });
  other.say({ decision: 'answer', answer: 'three' });
  expect(other.refusal()).toBe('answer_invalid');
  other.say({ decision: 'answer', answer: 3 });
  expect(other.attempt('0').answer?.value).toBe(3);
});

test('the approval of a call is bound to the exact call, and may be edited before it', () => {
  const world = started();
  world.ask('0', { ask: 'approval', action: { pay: 5 }, approvers: ['ann', 'bob'] });
  world.say({ by: 'requester' });
  expect(world.refusal()).toBe('requester_excluded');
  const [{ digest } = { digest: '' }] = world.waiting();
  world.say({ decision: 'edit', action: { pay: 4 } });
  world.say({ by: 'bob', digest });
  expect(world.refusal()).toBe('digest_mismatch');
  world.say({ by: 'bob' });
  expect(world.attempt('0').answer).toMatchObject({
    outcome: 'approved',
    value: { pay: 4 },
    edited: true,
    by: ['bob'],
  });
});

test('an agent that asks for more approvals than there can be is told so at once', () => {
  const world = started();
  world.ask('0', { ask: 'approval', approvers: ['ann'], quorum: 2 });
  expect(world.settled()).toMatchObject({ error: { code: 'approval_unsatisfiable' } });
});

test('a rejection goes back to the agent, which decides', () => {
  const world = started();
  world.ask('0', { ask: 'approval', quorum: 2 });
  world.say({ decision: 'reject', reason: 'no' });
  expect(world.attempt('0').answer).toMatchObject({ outcome: 'rejected', by: ['ann'], reason: 'no' });
});

test('nobody answers: the task fails, or goes on with the fallback', () => {
  const world = started();
  world.ask('0');
  world.wake();
  expect(world.settled()).toMatchObject({ error: { code: 'question_expired' } });
  expect(workItems(world.state)).toMatchObject([{ status: 'expired' }]);
  const other = started();
  other.ask('0', { fallback: 'white' });
  other.wake();
  expect(other.attempt('0').answer).toMatchObject({ outcome: 'expired', value: 'white', by: [] });
});

test('answered while the run is paused, it goes on with the resume', () => {
  const world = started(sequence('all', task('a')));
  world.ask('0.0');
  world.control('pause');
  world.say({ decision: 'answer', answer: 'red' });
  expect(world.openPaths()).toEqual([]);
  world.control('resume');
  expect(world.attempt('0.0')).toMatchObject({ attempt: 2, answer: { value: 'red' } });
});

test('an answer outlives a lost attempt and a failure; an approval is asked for again after a failure', () => {
  const world = started();
  world.ask('0');
  world.say({ decision: 'answer', answer: 'red' });
  while (world.attempt('0').attempt < 3) world.wake();
  expect(world.attempt('0')).toMatchObject({ attempt: 3, continues: true, answer: { value: 'red' } });
  world.fail('0', true);
  while (world.attempt('0').attempt < 4) world.wake();
  expect(world.attempt('0')).toMatchObject({ attempt: 4, continues: false, answer: { value: 'red' } });
  const other = started();
  other.ask('0', { ask: 'approval' });
  other.say();
  expect(other.attempt('0').answer?.outcome).toBe('approved');
  other.fail('0', true);
  while (other.attempt('0').attempt < 3) other.wake();
  expect(other.attempt('0').answer).toBeUndefined();
});

test('the same report and the same vote again change nothing', () => {
  const world = started();
  const report = world.reportOf(world.attempt('0'), { kind: 'parked', reason: '' });
  world.ask('0');
  expect(world.deliver(report)).toEqual([]);
});

test('a cancelled run takes its question with it', () => {
  const world = started();
  world.ask('0');
  world.deliver({ kind: 'cancel', by: 'op', reason: '' });
  expect(workItems(world.state)).toMatchObject([{ status: 'cancelled', version: 2 }]);
  world.say({ decision: 'answer', answer: 1, approval: `${world.state.run}-0-q1`, digest: 'x' });
  expect(world.refusal()).toBe('approval_closed');
});
