import { BusError } from '@parley/bus';
import {
  encodeJson,
  type Problem,
  QuerySchedules,
  RunDecision,
  ScheduleAdd,
  ScheduleDue,
  ScheduleRemove,
} from '@parley/contracts';
import { expect, test } from 'vitest';
import { NS, openWorld, task, type World } from './testing/world.ts';

const MINUTE = 60_000;

async function request(world: World, subject: string, body: unknown): Promise<Record<string, unknown>> {
  const { payload } = await world.bus.request({ subject, payload: encodeJson(body) }, { timeoutMs: 1_000 });
  return JSON.parse(new TextDecoder().decode(payload)) as Record<string, unknown>;
}

const add = (world: World, body: object, schedule = 'nightly') =>
  request(world, ScheduleAdd.toSubject({ ns: NS, schedule }), { workflow: 'flow', input: 1, ...body });
const remove = (world: World, schedule = 'nightly') =>
  request(world, ScheduleRemove.toSubject({ ns: NS, schedule }), {});
const list = async (world: World) =>
  (await request(world, QuerySchedules.toSubject({ ns: NS }), {}))['schedules'] as Record<string, unknown>[];

async function refusalOf(world: World, body: object): Promise<Problem> {
  try {
    await add(world, body);
  } catch (error) {
    if (error instanceof BusError && error.problem !== undefined) return error.problem;
    throw error;
  }
  throw new Error('it was accepted');
}

async function runs(world: World): Promise<string[]> {
  const found = await world.bus.lastPerSubject('RUNS', RunDecision.filter({ ns: NS }), 1_000);
  return found.map(({ subject }) => RunDecision.parseSubject(subject)?.runId ?? '');
}

test('a start at a time is one run, at that time and not before', async () => {
  await using world = await openWorld();
  await world.register(task('a'));
  const at = world.clock.now() + 90_000;
  expect(await add(world, { at })).toEqual({ schedule: 'nightly', replaced: false, next: [at] });
  expect(await list(world)).toMatchObject([{ schedule: 'nightly', workflow: 'flow', at, next: [at] }]);
  await world.clock.advance(89_000);
  expect(await runs(world)).toEqual([]);
  await world.clock.advance(2_000);
  const [run = ''] = await runs(world);
  expect((await world.events(run))[0]).toMatchObject({ type: 'RunStarted', input: 1, by: 'schedule nightly' });
  expect(await list(world)).toEqual([]);
});

test('a start by cron is a run at each of its times, until it is taken back', async () => {
  await using world = await openWorld();
  await world.register(task('a'));
  const start = Math.ceil(world.clock.now() / MINUTE) * MINUTE;
  const { next } = await add(world, { cron: '*/5 * * * *' });
  expect((next as number[]).map((time) => (time - start) % (5 * MINUTE))).toEqual([0, 0, 0]);
  await world.clock.advance(15 * MINUTE + 1_000);
  expect(new Set(await runs(world)).size).toBe(3);
  expect(await remove(world)).toEqual({ removed: true });
  expect(await remove(world)).toEqual({ removed: false });
  await world.clock.advance(15 * MINUTE);
  expect(await runs(world)).toHaveLength(3);
});

test('the newest version is started, or the one that was asked for', async () => {
  await using world = await openWorld();
  await world.register(task('a', { capability: 'old' }));
  const at = world.clock.now() + MINUTE;
  await add(world, { at });
  await add(world, { at, version: 1 }, 'pinned');
  await world.register(task('a', { capability: 'new' }));
  await world.clock.advance(MINUTE + 1_000);
  const scheduled = await Promise.all((await runs(world)).map((run) => world.scheduled(run)));
  expect(
    scheduled
      .flat()
      .map(({ capability }) => capability)
      .toSorted(),
  ).toEqual(['new', 'old']);
});

test('the same firing delivered again is the same run', async () => {
  await using world = await openWorld();
  await world.register(task('a'));
  await add(world, { cron: '* * * * *' });
  await world.clock.advance(MINUTE);
  const [due] = await world.bus.lastPerSubject('TIMERS', ScheduleDue.filter(), 1);
  expect(due).toBeUndefined();
  expect(await runs(world)).toHaveLength(1);
  // As from a server that published the same firing twice, or a conductor that died before its ack.
  const before = world.clock.now();
  const subject = ScheduleDue.toSubject({ ns: NS, schedule: 'nightly' });
  const start = { workflow: 'flow', input: 1, cron: '* * * * *', id: 'x', addedAt: before };
  const headers = { 'Nats-Schedule-Next': new Date(before + MINUTE).toISOString() };
  for (const id of ['once', 'twice']) await world.bus.storeOne({ subject, payload: encodeJson(start), headers, id });
  await world.rest();
  expect(await runs(world)).toHaveLength(2);
});

test('a name that is used again is another schedule: it replaces the one before', async () => {
  await using world = await openWorld();
  await world.register(task('a'));
  const at = world.clock.now() + MINUTE;
  await add(world, { at });
  expect(await add(world, { at: at + MINUTE, input: 2 })).toMatchObject({ replaced: true });
  await world.clock.advance(3 * MINUTE);
  const [run = '', ...more] = await runs(world);
  expect(more).toEqual([]);
  expect((await world.events(run))[0]).toMatchObject({ input: 2 });
});

test('what a start needs is looked at when it is added', async () => {
  await using world = await openWorld();
  await world.register(task('a'), 'flow', { inputSchema: { type: 'number' } });
  const at = world.clock.now() + MINUTE;
  expect(await refusalOf(world, { at, workflow: 'flwo' })).toMatchObject({ code: 'workflow_unknown' });
  expect(await refusalOf(world, { at, input: 'x' })).toMatchObject({ code: 'message_invalid', field: '/input' });
  expect(await refusalOf(world, { at: at - 2 * MINUTE })).toMatchObject({ code: 'message_invalid', field: '/at' });
  expect(await refusalOf(world, {})).toMatchObject({ field: '/at' });
  expect(await refusalOf(world, { at, cron: '* * * * *' })).toMatchObject({ field: '/at' });
  expect(await refusalOf(world, { at, timeZone: 'UTC' })).toMatchObject({ field: '/timeZone' });
  expect(await list(world)).toEqual([]);
});

test.each([
  ['* * * *', '/cron'],
  ['61 * * * *', '/cron'],
  ['0 9 * * 7', '/cron'],
  ['0 9 ? * 1', '/cron'],
  ['0 9 31 2 *', '/cron'],
  ['every day', '/cron'],
])('the cron expression %s is refused with its field', async (cron, field) => {
  await using world = await openWorld();
  await world.register(task('a'));
  expect(await refusalOf(world, { cron })).toMatchObject({ code: 'message_invalid', field });
});

test('a time zone is that of the cron expression; one that does not exist is refused', async () => {
  await using world = await openWorld();
  await world.register(task('a'));
  expect(await refusalOf(world, { cron: '0 9 * * *', timeZone: 'Mars/Base' })).toMatchObject({ field: '/timeZone' });
  const { next } = await add(world, { cron: '0 9 * * mon-fri', timeZone: 'America/New_York' });
  expect(new Date((next as number[])[0] ?? 0).toISOString()).toMatch(/T14:00:00/);
});

test('a start whose input no longer fits when it is due is kept aside with its reason', async () => {
  await using world = await openWorld();
  await world.register(task('a'));
  await add(world, { at: world.clock.now() + MINUTE });
  await world.register(task('a'), 'flow', { inputSchema: { type: 'string' } });
  await world.clock.advance(MINUTE + 1_000);
  expect(await runs(world)).toEqual([]);
  expect(await world.deadLetters()).toMatchObject([{ code: 'message_invalid' }]);
});
