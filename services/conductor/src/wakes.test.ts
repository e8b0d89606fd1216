import { expect, test } from 'vitest';
import { openWorld, task } from './testing/world.ts';

const armed = async (world: Awaited<ReturnType<typeof openWorld>>, run: string) =>
  (await world.events(run)).flatMap((event) => (event.type === 'WakeArmed' ? [event.dueAt] : []));

test('an unfinished run has one wake-up armed, for its earliest deadline', async () => {
  await using world = await openWorld();
  await world.register({
    kind: 'concurrent',
    id: 'c',
    branches: [task('a', { performMs: 60_000 }), task('b', { performMs: 1_000 })],
  });
  const run = await world.submit({ input: 1 });
  const deadlines = (await world.scheduled(run)).map(({ deadlineAt }) => deadlineAt);
  expect(await armed(world, run)).toEqual([Math.min(...deadlines)]);
  expect((await world.bus.streamInfo('TIMERS')).messages).toBe(1);
});

test('a wake-up that finds nothing due arms the next one', async () => {
  await using world = await openWorld();
  await world.register({
    kind: 'sequence',
    id: 's',
    steps: [task('a', { performMs: 1_000 }), task('b', { performMs: 60_000 })],
  });
  const run = await world.submit({ input: 1 });
  await world.clock.advance(10_000);
  await world.report(run, '0.0', { kind: 'result', output: 1 });
  const [first, second] = await world.scheduled(run);
  expect(await armed(world, run)).toEqual([first?.deadlineAt]);
  await world.clock.advance((first?.deadlineAt ?? 0) - world.clock.now() + 1);
  expect(await armed(world, run)).toEqual([first?.deadlineAt, second?.deadlineAt]);
  expect(await world.scheduled(run)).toHaveLength(2);
});

test('an attempt past its deadline is closed and continued, and the last one fails the run', async () => {
  await using world = await openWorld();
  await world.register(task('a', { performMs: 1_000, attempts: 2 }));
  const run = await world.submit({ input: 1 });
  const settled = await world.settled(run);
  expect(settled).toMatchObject({ status: 'failed', error: { code: 'expired' } });
  expect(await world.scheduled(run)).toMatchObject([
    { attempt: 1, continues: false },
    { attempt: 2, continues: true, journal: `${run}-0-a1` },
  ]);
});

test('a task that no agent takes is tried again after a pause, and fails when its attempts are used up', async () => {
  await using world = await openWorld();
  await world.register(task('a', { attempts: 2 }));
  const run = await world.submit({ input: 1 });
  const unroutable = (attempt: number) =>
    world.signal(run, { kind: 'unroutable', task: `${run}-0`, attempt, reason: 'nobody can' });
  await unroutable(1);
  expect(await world.scheduled(run)).toHaveLength(1);
  await world.clock.advance(1_001);
  expect(await world.scheduled(run)).toHaveLength(2);
  await unroutable(1);
  expect((await world.log(run)).state.status).toBe('running');
  await unroutable(2);
  expect(await world.settled(run)).toMatchObject({
    status: 'failed',
    error: { code: 'unroutable', message: 'nobody can' },
  });
});

test('a failed attempt that may do better is tried again fresh, after a growing pause', async () => {
  await using world = await openWorld();
  await world.register(task('a'));
  const error = { code: 'busy', message: 'later', retryable: true };
  await world.work(({ attempt }) => (attempt < 3 ? { kind: 'failed', error } : { kind: 'result', output: attempt }));
  const run = await world.submit({ input: 1 });
  expect(await world.settled(run)).toMatchObject({ status: 'completed', output: 3 });
  expect((await world.scheduled(run)).map(({ journal, continues }) => [journal, continues])).toEqual([
    [`${run}-0-a1`, false],
    [`${run}-0-a2`, false],
    [`${run}-0-a3`, false],
  ]);
  const at = (await world.decisions(run)).map((decision) => decision.at);
  expect((at.at(-1) ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual(3_000);
});
