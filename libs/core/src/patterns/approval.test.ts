import { expect, test } from 'vitest';
import { from, sequence, task, World } from '../../test/world.ts';
import { summarize, workItems } from '../index.ts';

const ask = (more: object = {}) => ({
  kind: 'approval',
  id: 'pay',
  title: 'Pay the invoice',
  action: { amount: from('/input/amount') },
  ...more,
});

function started(root: object, input: object = { amount: 5 }): World {
  const world = new World(root);
  world.submit(input as never);
  return world;
}

test('it waits for a person, and gives what was approved', () => {
  const world = started(sequence('all', ask(), task('pay-it', { input: from('/previous/action') })));
  expect(world.waiting()).toMatchObject([{ title: 'Pay the invoice', action: { amount: 5 }, votes: [], quorum: 1 }]);
  world.say({ reason: 'fine' });
  expect(world.attempt('0.1').input).toEqual({ amount: 5 });
});

test('a decision on another text, by somebody else, or on nothing that is open changes nothing but is on record', () => {
  const world = started(ask({ approvers: ['bob'] }));
  const refused = (word: Parameters<World['say']>[0]) => {
    const before = world.waiting();
    const events = world.say(word);
    expect(events).toMatchObject([{ type: 'VoteRecorded', refused: { code: expect.any(String) as unknown } }]);
    expect(world.waiting()).toEqual(before);
    return world.refusal();
  };
  expect(refused({ digest: 'other', by: 'bob' })).toBe('digest_mismatch');
  expect(refused({ by: 'eve' })).toBe('not_an_approver');
  expect(refused({ approval: 'nonsense', by: 'bob' })).toBe('approval_unknown');
  expect(refused({ approval: `${world.state.run}-0-7`, by: 'bob' })).toBe('approval_unknown');
  expect(refused({ decision: 'answer', answer: 1, by: 'bob' })).toBe('answer_invalid');
  const { approval, digest } = world.waiting()[0] ?? {};
  world.say({ by: 'bob' });
  expect(world.settled().output).toEqual({
    approved: true,
    by: ['bob'],
    action: { amount: 5 },
    edited: false,
    reason: null,
  });
  world.say({ by: 'bob', approval: approval ?? '', digest: digest ?? '' });
  expect(world.refusal()).toBe('approval_closed');
});

test('a decision on what is settled or expired is refused, the run under way or not', () => {
  const world = started(sequence('all', ask({ expiresMs: 5_000, onReject: 'continue' }), task('after')));
  const { approval = '', digest = '' } = world.waiting()[0] ?? {};
  world.now += 5_000;
  world.say({ approval, digest });
  expect(world.refusal()).toBe('approval_closed');
  world.wake();
  world.say({ approval, digest });
  expect(world.refusal()).toBe('approval_closed');
  expect(world.openPaths()).toEqual(['0.1']);
  expect(workItems(world.state)).toMatchObject([{ status: 'expired', version: 2 }]);
});

test('whoever started the run does not decide where approvers are listed, not even by delegation', () => {
  const world = started(ask({ approvers: ['ann', 'requester'] }));
  world.say({ by: 'requester' });
  expect(world.refusal()).toBe('requester_excluded');
  world.say({ decision: 'delegate', to: 'requester' });
  expect(world.refusal()).toBe('delegate_invalid');
  const other = started(ask({ approvers: ['ann'] }));
  other.say({ decision: 'delegate', to: 'requester' });
  expect(other.refusal()).toBe('requester_excluded');
  const open = started(ask());
  open.say({ by: 'requester' });
  expect(open.settled()).toMatchObject({ output: { by: ['requester'] } });
  const strict = started(ask({ requester: 'excluded' }));
  strict.say({ by: 'requester' });
  expect(strict.refusal()).toBe('requester_excluded');
  const lax = started(ask({ approvers: ['requester'], requester: 'allowed' }));
  lax.say({ by: 'requester' });
  expect(lax.settled().status).toBe('completed');
});

test('who has voted does not give a vote away, and no vote comes to somebody who has one', () => {
  const world = started(ask({ approvers: ['ann', 'bob'], quorum: 2 }));
  world.say();
  world.say({ decision: 'delegate', to: 'carl' });
  expect(world.refusal()).toBe('already_voted');
  world.say({ by: 'bob', decision: 'delegate', to: 'ann' });
  expect(world.refusal()).toBe('delegate_invalid');
});

test('what may not be edited is approved as it is or not at all', () => {
  const world = started(ask({ editable: false }));
  world.say({ decision: 'edit', action: 1 });
  expect(world.refusal()).toBe('edit_invalid');
  world.say({ decision: 'edit' });
  expect(world.refusal()).toBe('edit_invalid');
  world.say();
  expect(world.settled().output).toMatchObject({ action: { amount: 5 }, edited: false });
});

test('left out, the action is what a task in this place would get', () => {
  const world = new World(sequence('all', task('draft'), { kind: 'approval', id: 'ok', title: 'Send it?' }));
  world.submit();
  world.result('0.0', { text: 'dear all' });
  expect(world.waiting()).toMatchObject([{ action: { text: 'dear all' } }]);
});

test('low confidence of the step before is a reason to ask, high confidence is not', () => {
  const rule = { askWhen: 'previous.confidence < 0.7', action: from('/previous') };
  const sure = started(sequence('all', task('guess'), ask(rule)));
  sure.result('0.0', { confidence: 0.9 });
  expect(sure.settled().output).toMatchObject({ approved: true, by: [] });
  expect(workItems(sure.state)).toEqual([]);
  const unsure = started(sequence('all', task('guess'), ask(rule)));
  unsure.result('0.0', { confidence: 0.3 });
  expect(unsure.waiting()).toHaveLength(1);
});

test('an expiry that fails does so whatever a rejection would do', () => {
  const world = started(ask({ expiresMs: 5_000, onReject: 'continue', onExpiry: 'fail' }));
  world.wake();
  expect(world.settled()).toMatchObject({ error: { code: 'approval_expired' } });
});

test('the work item tells each change by its version, a cancelled one too', () => {
  const world = started(ask({ quorum: 2, slaMs: 1_000, escalateTo: ['boss'] }));
  expect(workItems(world.state)).toMatchObject([
    { version: 1, status: 'open', requester: 'requester', escalated: false },
  ]);
  world.say();
  expect(workItems(world.state)).toMatchObject([{ version: 2, votes: ['ann'] }]);
  world.wake();
  expect(workItems(world.state)).toMatchObject([{ version: 3, escalated: true, dueAt: null }]);
  world.deliver({ kind: 'cancel', by: 'op', reason: '' });
  expect(workItems(world.state)).toMatchObject([{ version: 4, status: 'cancelled' }]);
});

test('votes that do not count are on record a bounded number of times', () => {
  const world = started(ask());
  for (let i = 0; i < 300; i++) world.say({ digest: `d${i}` });
  expect(world.log.filter(({ type }) => type === 'VoteRecorded')).toHaveLength(256);
  world.say();
  expect(world.settled().status).toBe('completed');
});

test('approving one of several requests answers no other', () => {
  const world = started({ kind: 'concurrent', id: 'c', branches: [ask(), ask({ id: 'pay-too' })] });
  const [first, second] = world.waiting();
  expect(first?.digest).not.toBe(second?.digest);
  world.say({}, 1);
  expect(world.waiting()).toMatchObject([{ approval: first?.approval }]);
});

test('a quorum counts each person once', () => {
  const world = started(ask({ quorum: 2 }));
  world.say({ by: 'ann' });
  world.say({ by: 'ann' });
  expect(world.refusal()).toBe('already_voted');
  world.say({ by: 'bob' });
  expect(world.settled().output).toMatchObject({ approved: true, by: ['ann', 'bob'] });
});

test('an edit asks anew: earlier approvals were of another text', () => {
  const world = started(ask({ quorum: 2 }));
  world.say({ by: 'ann' });
  const before = world.waiting()[0]?.digest ?? '';
  world.say({ decision: 'edit', action: { amount: 3 }, by: 'bob' });
  expect(world.waiting()).toMatchObject([{ action: { amount: 3 }, votes: [] }]);
  world.say({ by: 'ann', digest: before });
  expect(world.refusal()).toBe('digest_mismatch');
  world.say({ by: 'ann' });
  world.say({ by: 'bob' });
  expect(world.settled().output).toMatchObject({ action: { amount: 3 }, edited: true });
});

test('who delegates lets another decide in their place', () => {
  const world = started(ask({ approvers: ['ann'] }));
  world.say({ decision: 'delegate', to: 'bob' });
  world.say({ by: 'ann' });
  expect(world.refusal()).toBe('not_an_approver');
  world.say({ by: 'bob' });
  expect(world.settled().output).toMatchObject({ by: ['bob'] });
});

test.each([
  ['fail', { status: 'failed', error: { code: 'approval_rejected' } }],
  ['continue', { status: 'completed', output: { approved: false, by: ['ann'] } }],
])('a rejection ends as told: %s', (onReject, ending) => {
  const world = started(ask({ onReject, quorum: 3 }));
  world.say({ decision: 'reject', reason: 'too much' });
  expect(world.settled()).toMatchObject(ending);
});

test('undecided it escalates, then expires into its fallback; commands in between do not disturb it', () => {
  const more = { approvers: ['ann'], slaMs: 60_000, escalateTo: ['boss'], expiresMs: 120_000, onExpiry: 'approve' };
  const world = started(ask(more));
  world.control('pause');
  world.control('resume');
  world.wake();
  expect(world.waiting()).toMatchObject([{ approvers: ['ann', 'boss'], escalated: true }]);
  world.wake();
  expect(world.settled().output).toMatchObject({ approved: true, by: [] });
  const strict = started(ask({ expiresMs: 5_000 }));
  strict.wake();
  expect(strict.settled()).toMatchObject({ error: { code: 'approval_expired' } });
});

test('a decision counts while the run is paused; what follows waits for the resume', () => {
  const world = started(sequence('all', ask(), task('pay-it')));
  world.control('pause');
  world.say();
  expect(world.openPaths()).toEqual([]);
  world.control('resume');
  expect(world.openPaths()).toEqual(['0.1']);
});

test('people are asked only when the stakes are high', () => {
  const rule = { askWhen: 'input.amount > 1000' };
  expect(started(ask(rule)).settled().output).toMatchObject({ approved: true, by: [] });
  expect(started(ask(rule), { amount: 5_000 }).waiting()).toHaveLength(1);
});

test('a quorum that cannot be reached because of who started the run fails at once instead of waiting', () => {
  const root = ask({ approvers: ['ann', 'requester'], quorum: 2 });
  expect(started(root).settled()).toMatchObject({ error: { code: 'approval_unsatisfiable' } });
  const later = started(ask({ approvers: ['ann', 'requester'], quorum: 2, slaMs: 1_000, escalateTo: ['boss'] }));
  later.wake();
  later.say();
  later.say({ by: 'boss' });
  expect(later.settled().output).toMatchObject({ by: ['ann', 'boss'] });
});

test('a quorum that cannot be reached is refused before any run', () => {
  expect(() => new World(ask({ approvers: ['ann'], quorum: 2, escalateTo: ['bob'] }))).toThrow(/only 1 may/);
  expect(() => new World(ask({ approvers: ['ann'], quorum: 2 }))).toThrow(/only 1 may/);
});

test('an action without a value fails the node, and nothing is asked', () => {
  const world = started(ask({ action: from('/input/missing/deep') }));
  expect(world.settled()).toMatchObject({ error: { code: 'input_unresolved' } });
  expect(summarize(world.plan, world.state).nodes).toHaveLength(1);
  expect(workItems(world.state)).toEqual([]);
});
