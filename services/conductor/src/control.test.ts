import { encodeJson, runIdOfKey, RunSubmission } from '@parley/contracts';
import { expect, test } from 'vitest';
import { NS, openWorld, task } from './testing/world.ts';

const TWO_STEPS = { kind: 'sequence', id: 's', steps: [task('a'), task('b')] };

test('a halt fences open work and schedules nothing; a resume continues every open task under a new epoch', async () => {
  await using world = await openWorld();
  await world.register({ kind: 'concurrent', id: 'c', branches: [task('a'), task('b')] });
  const run = await world.submit({ input: 1 });
  await world.control(run, 'halt');
  await world.report(run, '0.0', { kind: 'parked', reason: 'halt' });
  expect((await world.log(run)).state.status).toBe('halted');
  expect((await world.events(run)).at(-1)).toMatchObject({ type: 'LateReport', reason: 'fenced' });
  await world.clock.advance(20 * 60_000);
  expect(await world.scheduled(run)).toHaveLength(2);
  const epoch = await world.control(run, 'resume');
  const resumed = (await world.scheduled(run)).slice(2);
  expect(resumed).toMatchObject([
    { path: '0.0', attempt: 2, continues: true, epoch, journal: `${run}-0-0-a1`, prefer: 'worker' },
    { path: '0.1', attempt: 2, continues: true, epoch, journal: `${run}-0-1-a1` },
  ]);
  for (const path of ['0.0', '0.1']) await world.report(run, path, { kind: 'result', output: path });
  expect((await world.settled(run)).output).toEqual(['0.0', '0.1']);
});

test('a pause lets a running attempt report, and what follows waits for the resume', async () => {
  await using world = await openWorld();
  await world.register(TWO_STEPS);
  const run = await world.submit({ input: 1 });
  await world.control(run, 'pause');
  await world.report(run, '0.0', { kind: 'result', output: 'done' });
  await world.clock.advance(20 * 60_000);
  expect(await world.scheduled(run)).toHaveLength(1);
  await world.control(run, 'resume');
  expect((await world.scheduled(run)).at(-1)).toMatchObject({ path: '0.1', input: 'done' });
});

test('a conductor that starts later finds the commands given meanwhile', async () => {
  await using world = await openWorld({ conductors: 0 });
  await using first = await world.conductor();
  await world.register(TWO_STEPS);
  const run = await world.submit({ input: 1 });
  await first[Symbol.asyncDispose]();
  await world.control(run, 'halt');
  await world.conductor();
  await world.rest();
  expect((await world.log(run)).state.status).toBe('halted');
});

test('a halt that comes before the submission holds for the run', async () => {
  await using world = await openWorld({ conductors: 2 });
  await world.register(TWO_STEPS);
  const run = runIdOfKey(NS, 'k');
  await world.control(run, 'halt');
  const subject = RunSubmission.toSubject({ ns: NS, workflow: 'flow' });
  await world.bus.storeOne({ subject, payload: encodeJson({ input: 1, idempotencyKey: 'k' }), id: 'one' });
  await world.rest();
  expect((await world.log(run)).state.status).toBe('halted');
  expect(await world.scheduled(run)).toEqual([]);
  await world.control(run, 'resume');
  expect(await world.scheduled(run)).toMatchObject([{ path: '0.0' }]);
});

test('a conductor starts and obeys although a command in CONTROL cannot be read', async () => {
  await using world = await openWorld({ conductors: 0 });
  await world.bus.storeOne({
    subject: `parley.v1.control.run.${NS}.r9`,
    payload: encodeJson({ verb: 'dance' }),
    id: 'x',
  });
  await world.conductor();
  await world.register(TWO_STEPS);
  const run = await world.submit({ input: 1 });
  await world.control(run, 'halt');
  expect((await world.log(run)).state.status).toBe('halted');
});
