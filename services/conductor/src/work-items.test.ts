import { ApprovalItem, type WorkItem } from '@parley/contracts';
import { expect, test } from 'vitest';
import { switchable } from './testing/switchable.ts';
import { NS, openWorld, task, type World } from './testing/world.ts';
import { WorkItems } from './work-items.ts';

const PAY = { kind: 'approval', id: 'pay', title: 'Pay', action: { amount: 5 }, quorum: 2 };

async function itemsOf(world: World): Promise<WorkItem[]> {
  const stored = await world.bus.lastPerSubject('APPROVALS', ApprovalItem.filter({ ns: NS }), 100);
  return stored.map(({ payload }) => ApprovalItem.decode(payload));
}

async function only(world: World): Promise<WorkItem> {
  const [item, more] = await itemsOf(world);
  if (item === undefined || more !== undefined) throw new Error('there is not one item');
  return item;
}

const approve = async (world: World, { run, approval, digest }: WorkItem, by: string) =>
  world.signal(run, { kind: 'approval', approval, digest, decision: 'approve', by });

test('what waits for people is a work item, and each change of it a new version', async () => {
  await using world = await openWorld();
  await world.register(PAY);
  const run = await world.submit({ input: 1, by: 'zoe' });
  const item = await only(world);
  expect(item).toMatchObject({ run, approval: `${run}-0`, version: 1, status: 'open', votes: [], requester: 'zoe' });
  await approve(world, item, 'ann');
  expect(await only(world)).toMatchObject({ version: 2, status: 'open', votes: ['ann'] });
  await approve(world, item, 'bob');
  expect(await only(world)).toMatchObject({ version: 3, status: 'approved', votes: ['ann', 'bob'] });
  expect((await world.settled(run)).output).toMatchObject({ approved: true, action: { amount: 5 } });
  expect((await world.bus.streamInfo('APPROVALS')).messages).toBe(1);
});

test('two conductors that get votes in turns count each person once and leave the newest version', async () => {
  const world = await openWorld({ conductors: 0 });
  await using _ = world;
  const [first, second] = [switchable(world.connect()), switchable(world.connect())];
  await world.conductor(first.bus);
  await world.conductor(second.bus);
  await first.on();
  await world.register({ ...PAY, quorum: 3 });
  const run = await world.submit({ input: 1 });
  const item = await only(world);
  const hand = async (to: typeof first, from: typeof first): Promise<void> => {
    await from.off();
    await to.on();
    await world.rest();
  };
  await approve(world, item, 'ann');
  await hand(second, first);
  await approve(world, item, 'ann');
  await approve(world, item, 'bob');
  expect(await only(world)).toMatchObject({ version: 3, votes: ['ann', 'bob'] });
  await hand(first, second);
  await approve(world, item, 'carl');
  expect(await only(world)).toMatchObject({ version: 4, status: 'approved', votes: ['ann', 'bob', 'carl'] });
  const votes = (await world.events(run)).filter((event) => event.type === 'VoteRecorded');
  expect(votes.map(({ by, refused }) => [by, refused?.code])).toEqual([
    ['ann', undefined],
    ['ann', 'already_voted'],
    ['bob', undefined],
    ['carl', undefined],
  ]);
});

test('two conductors at once decide one vote once', async () => {
  await using world = await openWorld({ conductors: 2 });
  await world.register(PAY);
  const run = await world.submit({ input: 1 });
  const item = await only(world);
  await Promise.all(['ann', 'bob', 'ann', 'carl'].map((by) => approve(world, item, by)));
  expect((await world.settled(run)).output).toMatchObject({ approved: true, by: ['ann', 'bob'] });
  const votes = (await world.events(run)).filter((event) => event.type === 'VoteRecorded');
  expect(votes.map(({ refused }) => refused?.code).filter((code) => code !== undefined)).toEqual([
    'approval_closed',
    'approval_closed',
  ]);
  expect(await only(world)).toMatchObject({ version: 3, status: 'approved' });
});

test('an item whose emission was lost after the append is told again by whoever gets the signal next', async () => {
  const world = await openWorld({ conductors: 0 });
  await using _ = world;
  const own = world.connect();
  let isLost = true;
  const store = own.store.bind(own);
  own.store = async (messages) => {
    if (isLost && messages.some(({ subject }) => subject.startsWith('parley.v1.approval.'))) throw new Error('it died');
    return store(messages);
  };
  await world.conductor(own);
  await world.register(PAY);
  const run = await world.submit({ input: 1 });
  expect((await world.log(run)).n).toBe(1);
  expect(await itemsOf(world)).toEqual([]);
  isLost = false;
  await world.until(async () => expect(await only(world)).toMatchObject({ version: 1, status: 'open' }));
  expect((await world.log(run)).n).toBe(1);
});

test('a version that is late never hides a newer one', async () => {
  await using world = await openWorld();
  await world.register(PAY);
  const run = await world.submit({ input: 1 });
  const item = await only(world);
  await approve(world, item, 'ann');
  // Long enough for the server to have forgotten the ids: only the versions are left to tell.
  await world.clock.advance(600_000);
  await new WorkItems(world.bus, '/late').emit(await world.log(run), [item]);
  expect(await only(world)).toMatchObject({ version: 2, votes: ['ann'] });
});

test('a cancelled run closes its items', async () => {
  await using world = await openWorld();
  await world.register({ kind: 'concurrent', id: 'c', branches: [PAY, { ...PAY, id: 'pay-too' }] });
  const run = await world.submit({ input: 1 });
  await world.signal(run, { kind: 'cancel', by: 'op', reason: 'enough' });
  expect((await itemsOf(world)).map(({ status }) => status)).toEqual(['cancelled', 'cancelled']);
});

test('an unanswered request expires by the wake-up of its run', async () => {
  await using world = await openWorld();
  await world.register({ ...PAY, expiresMs: 60_000, onReject: 'continue' });
  const run = await world.submit({ input: 1 });
  expect((await world.settled(run)).output).toMatchObject({ approved: false, by: [] });
  expect(await only(world)).toMatchObject({ status: 'expired' });
});

test('a question of an agent is an item too, and its answer schedules the attempt that goes on', async () => {
  await using world = await openWorld();
  await world.register(task('a'));
  const run = await world.submit({ input: 1 });
  const request = {
    name: 'q',
    ask: 'answer' as const,
    title: 'Which?',
    action: null,
    quorum: 1,
    expiresMs: 60_000,
    request: 'd',
  };
  await world.report(run, '0', { kind: 'ask', request });
  const item = await only(world);
  expect(item).toMatchObject({ approval: `${run}-0-q1`, ask: 'answer', title: 'Which?', status: 'open' });
  const { approval, digest } = item;
  await world.signal(run, { kind: 'approval', approval, digest, decision: 'answer', by: 'ann', answer: 'red' });
  expect((await world.scheduled(run)).at(-1)).toMatchObject({ attempt: 2, continues: true, answer: { value: 'red' } });
  await world.report(run, '0', { kind: 'result', output: 'done' });
  expect((await world.settled(run)).output).toBe('done');
  expect(await only(world)).toMatchObject({ status: 'answered', version: 2 });
});

test('an event that a run has no room for comes back as a dead letter, and may come again once there is room', async () => {
  await using world = await openWorld();
  await world.register({
    kind: 'sequence',
    id: 's',
    steps: [task('a'), { kind: 'wait', id: 'w', event: { name: 'go' } }, task('b')],
  });
  const run = await world.submit({ input: 1 });
  const event = { kind: 'event' as const, name: 'go', payload: null, by: 'hook' };
  for (let i = 0; i <= 100; i++) await world.signal(run, { ...event, event: `e${i}` });
  expect(await world.deadLetters()).toMatchObject([{ code: 'inbox_full' }]);
  await world.report(run, '0.0', { kind: 'result', output: 1 });
  await world.signal(run, { ...event, event: 'e100' });
  await world.signal(run, { ...event, event: 'e100' });
  expect(await world.deadLetters()).toHaveLength(1);
  const { state } = await world.log(run);
  expect('inbox' in state && state.inbox?.length).toBe(100);
});

test('what is said to no run, or beyond all that is recorded, comes back as a dead letter', async () => {
  await using world = await openWorld();
  const vote = { kind: 'approval', approval: 'x', digest: 'x', decision: 'approve', by: 'eve' } as const;
  await world.signal('r0', vote);
  await world.signal('r0', { kind: 'event', event: 'e', name: 'go', payload: null, by: 'hook' });
  expect((await world.deadLetters()).map(({ code }) => code)).toEqual(['run_unknown', 'run_unknown']);
  await world.register(task('a'));
  const run = await world.submit({ input: 1 });
  for (let i = 0; i < 258; i++) await world.signal(run, vote);
  expect((await world.deadLetters()).slice(2).map(({ code }) => code)).toEqual(['state_conflict', 'state_conflict']);
});
