import { encodeJson, leaseToken, partitionOf, TaskReport } from '@parley/contracts';
import { expect, test } from 'vitest';
import { NS, openWorld, task } from './testing/world.ts';

const TWO_STEPS = { kind: 'sequence', id: 's', steps: [task('a'), task('b')] };
const late = (events: { type: string }[]) => events.filter(({ type }) => type === 'LateReport');

test('a report delivered twice changes nothing the second time', async () => {
  await using world = await openWorld();
  await world.register(TWO_STEPS);
  const run = await world.submit({ input: 1 });
  await world.report(run, '0.0', { kind: 'result', output: 'first' });
  const before = await world.log(run);
  await world.report(run, '0.0', { kind: 'result', output: 'second' }, { messageId: 'again' });
  expect((await world.log(run)).n).toBe(before.n);
  expect(await world.scheduled(run)).toMatchObject([{ path: '0.0' }, { path: '0.1', input: 'first' }]);
  expect((await world.bus.streamInfo('SIGNALS')).messages).toBe(0);
});

test('a report with a token that was not issued for it is recorded and not applied', async () => {
  await using world = await openWorld();
  await world.register(TWO_STEPS);
  const run = await world.submit({ input: 1 });
  await world.report(run, '0.0', { kind: 'result', output: 'stolen' }, { token: 'forged', agent: 'thief' });
  expect(late(await world.events(run))).toMatchObject([{ agent: 'thief', attempt: 1, reason: 'lease_invalid' }]);
  await world.report(run, '0.0', { kind: 'result', output: 'mine' });
  expect((await world.scheduled(run)).at(-1)).toMatchObject({ path: '0.1', input: 'mine' });
});

test('a token does not serve another agent', async () => {
  await using world = await openWorld();
  await world.register(TWO_STEPS);
  const run = await world.submit({ input: 1 });
  await world.report(run, '0.0', { kind: 'parked', reason: 'pause' });
  const [first] = await world.scheduled(run);
  const stored = await world.bus.last('DEADLETTER', 'parley.v1.deadletter.>');
  expect([first?.attempt, stored]).toEqual([1, undefined]);
  const claims = { ns: NS, run, task: first?.task ?? '', attempt: 2, epoch: 0, agent: 'worker' };
  await world.report(run, '0.0', { kind: 'result', output: 1 }, { agent: 'thief', token: leaseToken('test', claims) });
  expect(late(await world.events(run))).toMatchObject([{ agent: 'thief', attempt: 2, reason: 'lease_invalid' }]);
});

test('a report for a closed attempt, an unknown task or a settled run is late: kept, never merged', async () => {
  await using world = await openWorld();
  await world.register(TWO_STEPS);
  const run = await world.submit({ input: 1 });
  await world.report(run, '0.0', { kind: 'parked', reason: 'pause' });
  await world.report(run, '0.0', { kind: 'result', output: 'old' }, { attempt: 1, agent: 'slow' });
  await world.report(run, '0.0', { kind: 'result', output: 'nowhere' }, { task: `${run}-0-7`, agent: 'lost' });
  await world.report(run, '0.0', { kind: 'result', output: 'new' });
  await world.report(run, '0.1', { kind: 'result', output: 'end' });
  expect((await world.settled(run)).output).toBe('end');
  await world.report(run, '0.1', { kind: 'result', output: 'after' }, { agent: 'slow' });
  expect(late(await world.events(run))).toMatchObject([
    { agent: 'slow', attempt: 1, reason: 'attempt_closed' },
    { agent: 'lost', reason: 'task_unknown' },
    { agent: 'slow', reason: 'run_settled' },
  ]);
  expect((await world.settled(run)).output).toBe('end');
});

test('a report that cannot be decided on is dead-lettered alone, and those beside it count', async () => {
  await using world = await openWorld();
  await world.register({ kind: 'concurrent', id: 'all', branches: [task('a'), task('b'), task('c')] });
  const run = await world.submit({ input: 1 });
  const depth = 200_000;
  const [first, second, third] = await world.scheduled(run);
  // JSON.stringify cannot write what JSON.parse can read at this depth: the payload is put together as text.
  const claims = { ns: NS, run, task: second?.task ?? '', attempt: 1, epoch: 0, agent: 'worker' };
  const body = {
    task: second?.task,
    attempt: 1,
    epoch: 0,
    instance: 'i1',
    token: leaseToken('test', claims),
    usage: { inputTokens: 0, outputTokens: 0, microUsd: 0, modelCalls: 0 },
    kind: 'result',
    output: '@',
  };
  const text = JSON.stringify(body).replace('"@"', '['.repeat(depth) + ']'.repeat(depth));
  const subject = TaskReport.toSubject({ ns: NS, partition: partitionOf(run), agent: 'worker', runId: run });
  const { bus } = world;
  void world.report(run, first?.path ?? '', { kind: 'result', output: 1 });
  await bus.storeOne({ subject, payload: new TextEncoder().encode(text), id: 'bottomless' });
  await world.report(run, third?.path ?? '', { kind: 'result', output: 3 });
  expect(await world.deadLetters()).toMatchObject([{ subject, code: 'internal', stream: 'SIGNALS' }]);
  await world.report(run, second?.path ?? '', { kind: 'result', output: 2 });
  expect((await world.settled(run)).output).toEqual([1, 2, 3]);
});

test('a signal that breaks the contract is dead-lettered with its code', async () => {
  await using world = await openWorld();
  const subject = TaskReport.toSubject({ ns: NS, partition: '00', agent: 'worker', runId: 'r1' });
  await world.bus.storeOne({ subject, payload: encodeJson({ kind: 'result' }), id: 'broken' });
  await world.bus.storeOne({ subject, payload: new TextEncoder().encode('{'), id: 'cut' });
  await world.rest();
  expect((await world.deadLetters()).map(({ code }) => code)).toEqual(['message_invalid', 'json_invalid']);
  expect((await world.bus.streamInfo('SIGNALS')).messages).toBe(0);
});

test('the signals of a run whose log does not verify are dead-lettered, and other runs go on', async () => {
  await using world = await openWorld({ cacheRuns: 1 });
  await world.register(TWO_STEPS);
  const broken = await world.submit({ input: 1 });
  const { subject } = await world.log(broken);
  await world.bus.storeOne({ subject, payload: encodeJson({ v: 9 }), id: 'odd' });
  const sound = await world.submit({ input: 1 });
  await world.signal(broken, { kind: 'nudge' });
  await world.report(sound, '0.0', { kind: 'result', output: 'on' });
  expect((await world.deadLetters()).map(({ stream, code }) => [stream, code])).toEqual([['SIGNALS', 'internal']]);
  expect((await world.scheduled(sound)).at(-1)).toMatchObject({ path: '0.1', input: 'on' });
});
