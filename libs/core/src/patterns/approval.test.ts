import type { ApprovalDecision } from '@parley/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { everyRunEnds } from '../../test/play.ts';
import { from, sequence, task, World } from '../../test/world.ts';
import { summarize } from '../index.ts';

const ask = (more: object = {}) => ({
  kind: 'approval',
  id: 'pay',
  title: 'Pay the invoice',
  action: { amount: from('/input/amount') },
  ...more,
});

const opened = (world: World) => summarize(world.plan, world.state).nodes.flatMap(({ approval }) => approval ?? []);

/** Says a word on the approval that is open (the first, unless told otherwise). */
function say(world: World, word: Partial<ApprovalDecision>, which = 0) {
  const open = opened(world)[which];
  return world.deliver({
    kind: 'approval',
    approval: open?.approval ?? '',
    digest: open?.digest ?? '',
    decision: 'approve',
    by: 'ann',
    ...word,
  });
}

function started(root: object, input: object = { amount: 5 }): World {
  const world = new World(root);
  world.submit(input as never);
  return world;
}

test('it waits for a person, and gives what was approved', () => {
  const world = started(sequence('all', ask(), task('pay-it', { input: from('/previous/action') })));
  expect(opened(world)).toMatchObject([{ title: 'Pay the invoice', action: { amount: 5 }, votes: [], quorum: 1 }]);
  say(world, { reason: 'fine' });
  expect(world.attempt('0.1').input).toEqual({ amount: 5 });
});

test('a decision on another text, by somebody else, or on nothing that is open changes nothing', () => {
  const world = started(ask({ approvers: ['bob'] }));
  expect(say(world, { digest: 'other', by: 'bob' })).toEqual([]);
  expect(say(world, { by: 'eve' })).toEqual([]);
  expect(say(world, { approval: 'nonsense', by: 'bob' })).toEqual([]);
  say(world, { by: 'bob' });
  expect(world.settled().output).toEqual({
    approved: true,
    by: ['bob'],
    action: { amount: 5 },
    edited: false,
    reason: null,
  });
  expect(say(world, { by: 'bob' })).toEqual([]);
});

test('approving one of several requests answers no other', () => {
  const world = started({ kind: 'concurrent', id: 'c', branches: [ask(), ask({ id: 'pay-too' })] });
  const [first, second] = opened(world);
  expect(first?.digest).not.toBe(second?.digest);
  say(world, {}, 1);
  expect(opened(world)).toMatchObject([{ approval: first?.approval }]);
});

test('a quorum counts each person once', () => {
  const world = started(ask({ quorum: 2 }));
  say(world, { by: 'ann' });
  expect(say(world, { by: 'ann' })).toEqual([]);
  say(world, { by: 'bob' });
  expect(world.settled().output).toMatchObject({ approved: true, by: ['ann', 'bob'] });
});

test('an edit asks anew: earlier approvals were of another text', () => {
  const world = started(ask({ quorum: 2 }));
  say(world, { by: 'ann' });
  const before = opened(world)[0]?.digest ?? '';
  say(world, { decision: 'edit', action: { amount: 3 }, by: 'bob' });
  expect(opened(world)).toMatchObject([{ action: { amount: 3 }, votes: [] }]);
  expect(say(world, { by: 'ann', digest: before })).toEqual([]);
  say(world, { by: 'ann' });
  say(world, { by: 'bob' });
  expect(world.settled().output).toMatchObject({ action: { amount: 3 }, edited: true });
});

test('who delegates lets another decide in their place', () => {
  const world = started(ask({ approvers: ['ann'] }));
  say(world, { decision: 'delegate', to: 'bob' });
  expect(say(world, { by: 'ann' })).toEqual([]);
  say(world, { by: 'bob' });
  expect(world.settled().output).toMatchObject({ by: ['bob'] });
});

test.each([
  ['fail', { status: 'failed', error: { code: 'approval_rejected' } }],
  ['continue', { status: 'completed', output: { approved: false, by: ['ann'] } }],
])('a rejection ends as told: %s', (onReject, ending) => {
  const world = started(ask({ onReject, quorum: 3 }));
  say(world, { decision: 'reject', reason: 'too much' });
  expect(world.settled()).toMatchObject(ending);
});

test('undecided it escalates, then expires into its fallback; commands in between do not disturb it', () => {
  const more = { approvers: ['ann'], slaMs: 60_000, escalateTo: ['boss'], expiresMs: 120_000, onExpiry: 'approve' };
  const world = started(ask(more));
  world.control('pause');
  world.control('resume');
  world.wake();
  expect(opened(world)).toMatchObject([{ approvers: ['ann', 'boss'], escalated: true }]);
  world.wake();
  expect(world.settled().output).toMatchObject({ approved: true, by: [] });
  const strict = started(ask({ expiresMs: 5_000 }));
  strict.wake();
  expect(strict.settled()).toMatchObject({ error: { code: 'approval_expired' } });
});

test('a decision counts while the run is paused; what follows waits for the resume', () => {
  const world = started(sequence('all', ask(), task('pay-it')));
  world.control('pause');
  say(world, {});
  expect(world.openPaths()).toEqual([]);
  world.control('resume');
  expect(world.openPaths()).toEqual(['0.1']);
});

test('people are asked only when the stakes are high', () => {
  const rule = { askWhen: 'input.amount > 1000' };
  expect(started(ask(rule)).settled().output).toMatchObject({ approved: true, by: [] });
  expect(opened(started(ask(rule), { amount: 5_000 }))).toHaveLength(1);
});

test('a quorum that cannot be reached is refused before any run', () => {
  expect(() => new World(ask({ approvers: ['ann'], quorum: 2 }))).toThrow(/only 1 may/);
});

test('every run that waits for people ends', () => {
  everyRunEnds(
    fc.record({
      kind: fc.constant('sequence'),
      id: fc.constant('all'),
      steps: fc
        .record({
          onExpiry: fc.constantFrom('approve', 'reject'),
          onReject: fc.constantFrom('fail', 'continue'),
          slaMs: fc.constantFrom(undefined, 1_000),
          askWhen: fc.constantFrom(undefined, 'input[0] == 2', 'input.x'),
        })
        .map((more) => [
          { kind: 'task', id: 'before', capability: 'work', attempts: 1, performMs: 500 },
          { ...ask({ action: from('/previous'), expiresMs: 2_000, escalateTo: ['boss'] }), ...more },
          { kind: 'task', id: 'after', capability: 'work', attempts: 1, performMs: 500 },
        ]),
    }),
    () => 7,
  );
});
