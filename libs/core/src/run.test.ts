import { expect, test } from 'vitest';
import { from, sequence, task, typesOf, World } from '../test/world.ts';
import { MAX_LATE } from './reports.ts';
import { decide, initialState, openEffects } from './index.ts';

const two = () => new World(sequence('s', task('a'), task('b')));

test('the same report again changes nothing, while the run goes on and after it', () => {
  const world = two();
  world.submit();
  const report = world.reportOf(world.attempt('0.0'), { kind: 'result', output: 1 });
  world.deliver(report);
  expect(world.deliver(report, report)).toEqual([]);
  world.result('0.1', 2);
  expect(world.deliver(report)).toEqual([]);
});

test.each([
  { why: 'lease_invalid', options: { tokenValid: false }, change: {} },
  { why: 'task_unknown', options: {}, change: { task: 'other-0-0' } },
  { why: 'task_unknown', options: {}, change: { task: 'nonsense' } },
  { why: 'attempt_closed', options: {}, change: { attempt: 7 } },
])('a report that does not apply is late once: $why', ({ why, options, change }) => {
  const world = two();
  world.submit();
  const report = world.reportOf({ ...world.attempt('0.0'), ...change }, { kind: 'result', output: 1 }, options);
  expect(world.deliver(report, report)).toMatchObject([{ type: 'LateReport', reason: why, agent: 'alice' }]);
  expect(world.deliver(report)).toEqual([]);
  expect(world.openPaths()).toEqual(['0.0']);
});

test('of two agents with the same attempt the first to report counts', () => {
  const world = two();
  world.submit();
  const { task: id, attempt, epoch } = world.attempt('0.0');
  world.result('0.0', 'alice was first', 'alice');
  const second = world.reportOf({ task: id, attempt, epoch }, { kind: 'result', output: 'bob too' }, { agent: 'bob' });
  expect(world.deliver(second)).toMatchObject([{ type: 'LateReport', agent: 'bob', reason: 'attempt_closed' }]);
  expect(world.attempt('0.1').input).toBe('alice was first');
});

test('late reports on record are limited', () => {
  const world = two();
  world.submit();
  for (let i = 0; i < MAX_LATE + 20; i++) {
    world.deliver(world.reportOf({ ...world.attempt('0.0'), attempt: i + 2 }, { kind: 'parked', reason: '' }));
  }
  expect(world.log.filter(({ type }) => type === 'LateReport')).toHaveLength(MAX_LATE);
});

test('a halt fences the open attempts and a resume continues them', () => {
  const world = new World({ kind: 'concurrent', id: 'c', branches: [task('a'), task('b')] });
  world.submit();
  expect(typesOf(world.control('halt'))).toEqual(['ControlApplied']);
  expect(world.result('0.0', 1, 'bob')).toMatchObject([{ type: 'LateReport', reason: 'fenced' }]);
  expect(openEffects(world.state)).toEqual({});
  const events = world.control('resume');
  expect(typesOf(events)).toEqual([
    'ControlApplied',
    'AttemptClosed',
    'TaskScheduled',
    'AttemptClosed',
    'TaskScheduled',
    'WakeArmed',
  ]);
  expect(world.attempt('0.0')).toMatchObject({
    attempt: 2,
    epoch: 2,
    continues: true,
    journal: `${world.state.run}-0-0-a1`,
    prefer: 'bob',
  });
  expect(world.attempt('0.1').prefer).toBeUndefined();
  world.result('0.0', 1);
  world.result('0.1', 2);
  expect(world.settled().output).toEqual([1, 2]);
});

test('a pause lets reports count and starts nothing until the resume', () => {
  const world = two();
  world.submit();
  world.control('pause');
  expect(typesOf(world.result('0.0', 'A'))).toEqual(['AttemptClosed', 'NodeSettled']);
  world.now += 1_000_000;
  expect(world.deliver({ kind: 'nudge' }, { kind: 'wake', dueAt: 5 })).toEqual([]);
  expect(typesOf(world.control('resume'))).toEqual(['ControlApplied', 'TaskScheduled', 'WakeArmed']);
  expect(world.attempt('0.1')).toMatchObject({ attempt: 1, continues: false, input: 'A', epoch: 2 });
});

test('a run that is paused at its last report completes', () => {
  const world = new World(task('a'));
  world.submit();
  world.control('pause');
  world.result('0', 'A');
  expect(world.settled()).toMatchObject({ status: 'completed', output: 'A' });
});

test('a task parked while paused goes on with the resume, and a wait that passed meanwhile ends', () => {
  const world = new World({ kind: 'concurrent', id: 'c', branches: [task('a'), task('b')] });
  world.submit();
  world.control('pause');
  world.park('0.0', 'bob');
  world.fail('0.1', true);
  expect(world.openPaths()).toEqual([]);
  world.now += 5_000;
  world.control('resume');
  expect(world.attempt('0.0')).toMatchObject({ attempt: 2, continues: true, prefer: 'bob' });
  expect(world.attempt('0.1')).toMatchObject({ attempt: 2, continues: false });
});

test('a command applies only above the epoch already seen', () => {
  const world = two();
  world.submit();
  world.control('halt', 5);
  world.control('resume', 7);
  expect(world.control('halt', 5)).toEqual([]);
  expect(world.control('halt', 7)).toEqual([]);
  expect(world.state.status).toBe('running');
});

test('commands that arrive with the submission hold from the first attempt on', () => {
  const world = two();
  const submitted = { kind: 'submitted', workflow: 'test', digest: 'digest', input: 1, limits: {} } as const;
  const command = (verb: 'halt' | 'resume', epoch: number) =>
    ({ kind: 'control', verb, epoch, by: 'op', reason: '' }) as const;
  expect(typesOf(world.deliver(command('halt', 3), submitted))).toEqual(['RunStarted', 'ControlApplied']);
  world.deliver(command('resume', 4));
  expect(world.attempt('0.0')).toMatchObject({ attempt: 1, epoch: 4 });
});

test('a cancelled run closes what is open and ignores everything after', () => {
  const world = two();
  world.submit();
  const late = world.reportOf(world.attempt('0.0'), { kind: 'result', output: 1 });
  const events = world.deliver({ kind: 'cancel', by: 'op', reason: 'enough' });
  expect(typesOf(events)).toEqual(['AttemptClosed', 'NodeSettled', 'NodeSettled', 'RunSettled']);
  expect(world.settled()).toMatchObject({ status: 'cancelled', error: { code: 'cancelled' } });
  expect(world.deliver(late)).toMatchObject([{ type: 'LateReport', reason: 'run_settled' }]);
  expect(
    world.deliver(late, { kind: 'cancel', by: 'op', reason: '' }, { kind: 'nudge' }, { kind: 'wake', dueAt: 1 }),
  ).toEqual([]);
  expect(world.control('halt')).toEqual([]);
});

test('one wake-up is armed, again only for an earlier time or when it has passed', () => {
  const world = new World(
    sequence('s', task('a', { performMs: 1_000 }), task('b', { performMs: 50_000 }), task('d', { performMs: 100 })),
  );
  const first = world.submit().at(-1);
  expect(first).toEqual({ type: 'WakeArmed', dueAt: 63_000 });
  world.now = 2_000;
  expect(typesOf(world.result('0.0', 1))).not.toContain('WakeArmed');
  expect(world.wake()).toEqual([{ type: 'WakeArmed', dueAt: 162_000 }]);
  world.now = 64_000;
  expect(world.result('0.1', 1).at(-1)).toEqual({ type: 'WakeArmed', dueAt: 124_200 });
  expect(world.deliver({ kind: 'wake', dueAt: 63_000 })).toEqual([]);
});

test('a nudge does what is due and missed', () => {
  const world = two();
  world.submit();
  expect(world.deliver({ kind: 'nudge' })).toEqual([]);
  world.now += 10_000_000;
  expect(typesOf(world.deliver({ kind: 'nudge' }))).toEqual(['AttemptClosed', 'TaskScheduled', 'WakeArmed']);
});

test('a report that waits together with the wake-up of its deadline counts', () => {
  const world = new World(task('a'));
  world.submit();
  const report = world.reportOf(world.attempt('0'), { kind: 'result', output: 1 });
  const dueAt = openEffects(world.state).wakeAt ?? 0;
  world.now = dueAt;
  world.deliver({ kind: 'wake', dueAt }, report);
  expect(world.settled().status).toBe('completed');
});

test('a submission without a definition, or with an input that does not fit, is a failed run', () => {
  const submitted = { id: '1', at: 1, kind: 'submitted', workflow: 'w', digest: 'd', input: {}, limits: {} } as const;
  const { events, state } = decide(undefined, initialState('r1'), [submitted], 1);
  expect(events).toMatchObject([{ type: 'RunStarted' }, { type: 'RunSettled', error: { code: 'workflow_unknown' } }]);
  expect(openEffects(state).settled?.status).toBe('failed');
  const world = new World(task('a'), { inputSchema: { type: 'object', required: ['question'] } });
  world.submit({});
  expect(world.settled().error?.code).toBe('input_invalid');
});

test('a run without a log ignores everything but its submission, and is submitted once', () => {
  const world = two();
  expect(world.deliver({ kind: 'nudge' }, { kind: 'cancel', by: 'op', reason: '' })).toEqual([]);
  world.submit();
  expect(world.submit({ other: 1 })).toEqual([]);
});

test('an unfinished run without its definition is a bug', () => {
  const world = two();
  world.submit();
  const signal = { ...world.reportOf(world.attempt('0.0'), { kind: 'result', output: 1 }), id: 'x', at: 1 };
  expect(() => decide(undefined, world.state, [signal as never], 1)).toThrow('needs the definition');
});

test('the announced task of a settled run is an open effect', () => {
  const world = new World(task('a', { input: from('/input') }));
  world.deliver({
    kind: 'submitted',
    workflow: 'test',
    digest: 'digest',
    input: 1,
    limits: {},
    announced: { task: 'theirs' },
  });
  world.result('0', 2);
  expect(openEffects(world.state)).toMatchObject({ announced: { task: 'theirs' }, settled: { output: 2 } });
});
