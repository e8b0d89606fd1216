import type { Bus } from '@parley/bus';
import { Cancel, decodeJson, type TaskScheduled } from '@parley/contracts';
import { expect, test } from 'vitest';
import { type OfferAnswer, openWorld, REPLY_BY_MS, type World } from './testing/world.ts';

const brief = { asked: 'help', found: ['a fact'], failed: [], next: 'go on' };
const offered = (more: object = {}): Partial<TaskScheduled> => ({
  attempt: 2,
  offer: { from: 'giver', reason: 'knows more', priority: 'high', hop: 1, brief, ...more },
});

const agree = (): OfferAnswer => ({ answer: 'agree', etaMs: 1_500 });
const refuse = (): OfferAnswer => ({ answer: 'refuse', reason: 'busy' });
const refusedBy = async (world: World) => (await world.signals()).flatMap((s) => ('refusals' in s ? s.refusals : []));

test('agents are asked one after the other; the first that agrees gets the award, with its time and who refused before', async () => {
  await using world = await openWorld();
  const [ann, bob, carl] = [
    await world.taker('ann', refuse),
    await world.taker('bob', agree),
    await world.taker('carl', agree),
  ];
  await world.schedule('r1', offered());
  expect(await world.awards()).toMatchObject([
    {
      agent: 'bob',
      attempt: 2,
      brief,
      handoff: { from: 'giver', reason: 'knows more', priority: 'high', hop: 1 },
      reasons: { rule: 'handoff_agreed', etaMs: 1_500, refusals: [{ agent: 'ann', reason: 'busy' }] },
    },
  ]);
  expect(ann).toMatchObject([{ from: 'giver', brief, input: { i: 0 }, capability: 'work' }]);
  expect([bob.length, carl.length]).toEqual([1, 0]);
  expect(await world.signals()).toEqual([]);
});

test('only the agent that is named is asked', async () => {
  await using world = await openWorld();
  const ann = await world.taker('ann', agree);
  await world.taker('bob', agree);
  await world.schedule('r1', offered({ to: 'bob' }));
  expect((await world.awards()).map(({ agent }) => agent)).toEqual(['bob']);
  expect(ann).toEqual([]);
});

test('neither the giver nor who would close a circle is asked', async () => {
  await using world = await openWorld();
  for (const name of ['giver', 'ann']) await world.taker(name, agree);
  await world.taker('zoe', agree);
  await world.schedule('r1', offered({ avoid: ['ann'] }));
  expect((await world.awards()).map(({ agent }) => agent)).toEqual(['zoe']);
});

test('when all refuse or are silent, the run is told who and why', async () => {
  await using world = await openWorld();
  await world.taker('ann', refuse);
  await world.taker('bob', () => undefined);
  await world.schedule('r1', offered());
  await world.clock.advance(4 * REPLY_BY_MS);
  expect(await world.awards()).toEqual([]);
  expect(await world.signals()).toEqual([
    {
      kind: 'offer_refused',
      task: 'r1-0-0',
      attempt: 2,
      refusals: [
        { to: 'ann', reason: 'busy' },
        { to: 'bob', reason: `no answer within ${4 * REPLY_BY_MS} ms` },
      ],
    },
  ]);
});

test.each([
  [{ to: 'nobody' }, /no agent nobody that can work is registered/],
  [{ to: 'gone' }, /no instance answers/],
  [{ avoid: ['gone'] }, /no agent that can work is registered, short of giver itself, or of gone/],
])('an offer %j that nobody can take goes back at once', async (more, reason) => {
  await using world = await openWorld();
  await world.taker('giver', agree);
  const { leave } = await world.agent('gone');
  await leave();
  await world.schedule('r1', offered(more));
  expect(await refusedBy(world)).toMatchObject([{ reason: expect.stringMatching(reason) as unknown }]);
});

test('an agent that answers with nonsense counts as refusing', async () => {
  await using world = await openWorld();
  await world.taker('ann', () => ({ answer: 'maybe' }) as never);
  await world.schedule('r1', offered());
  expect(await refusedBy(world)).toMatchObject([
    { to: 'ann', reason: expect.stringContaining('not usable') as unknown },
  ]);
});

test('an agent that does not answer offers at all counts as refusing', async () => {
  await using world = await openWorld();
  await world.agent('old');
  await world.schedule('r1', offered());
  expect(await refusedBy(world)).toEqual([{ to: 'old', reason: 'no instance answers' }]);
});

test('the least loaded agent is asked first', async () => {
  await using world = await openWorld();
  const order: string[] = [];
  for (const name of ['ann', 'bob']) {
    await world.taker(name, () => {
      order.push(name);
      return refuse();
    });
  }
  await world.beat('ann', 3);
  await world.schedule('r1', offered());
  expect(order).toEqual(['bob', 'ann']);
});

test('an agent that this router has not heard of yet is asked too, after those that are alive', async () => {
  await using world = await openWorld();
  const order: string[] = [];
  for (const name of ['ann', 'bob']) {
    await world.taker(name, () => {
      order.push(name);
      return name === 'ann' ? agree() : refuse();
    });
  }
  await world.leave('ann');
  await world.schedule('r1', offered());
  expect(order).toEqual(['bob', 'ann']);
  expect((await world.awards()).map(({ agent }) => agent)).toEqual(['ann']);
});

test('a halt between an offer and its answer leaves no award', async () => {
  await using world = await openWorld();
  let halt: Promise<unknown> | undefined;
  await world.taker('ann', () => {
    halt = world.control('r1', 'halt');
    return undefined;
  });
  await world.taker('bob', agree);
  await world.schedule('r1', offered());
  await halt;
  await world.clock.advance(4 * REPLY_BY_MS);
  expect(await world.awards()).toEqual([]);
  expect(await world.signals()).toEqual([]);
});

test('two routers with the same offer transfer once', async () => {
  await using world = await openWorld({ routers: 2 });
  const ann = await world.taker('ann', agree);
  await Promise.all([
    world.schedule('r1', offered()),
    world.schedule('r1', offered()),
    world.schedule('r1', offered()),
  ]);
  await world.clock.advance(60_000);
  expect(await world.awards()).toHaveLength(1);
  expect(ann.length).toBeGreaterThan(0);
});

/** A bus whose first store never takes effect: its process dies there. */
const dyingAtStore = (bus: Bus): Bus =>
  new Proxy(bus, {
    get(target, name) {
      if (name === 'store') {
        return () => {
          void target.close();
          return new Promise(() => {});
        };
      }
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? (...args: unknown[]): unknown => Reflect.apply(value, target, args) : value;
    },
  });

test('a router that dies between the agreement and the award is followed by one that offers again and transfers once', async () => {
  await using world = await openWorld({ routers: 0 });
  await world.router(dyingAtStore(world.connect()));
  const ann = await world.taker('ann', agree);
  await world.schedule('r1', offered());
  expect([ann.length, (await world.awards()).length]).toEqual([1, 0]);
  await world.router();
  await world.clock.advance(60_000);
  expect(ann).toHaveLength(2);
  expect((await world.awards()).map(({ agent }) => agent)).toEqual(['ann']);
});

test('a router that finds the award of an offer does not offer again', async () => {
  await using world = await openWorld();
  const ann = await world.taker('ann', agree);
  await world.schedule('r1', offered());
  await world.schedule('r1', offered());
  expect(ann).toHaveLength(1);
  expect(await world.awards()).toHaveLength(1);
});

test('the holder of an award that a refusal of all has crossed is told to stop', async () => {
  await using world = await openWorld();
  await world.taker('ann', agree);
  await world.schedule('r1', offered());
  const cancelled: unknown[] = [];
  await world.bus.subscribe(Cancel.filter(), (messages) => {
    cancelled.push(
      ...messages.map(({ subject, payload }) => [Cancel.parseSubject(subject)?.agent, decodeJson(payload)]),
    );
  });
  await world.close('r1', { attempt: 2, outcome: 'refused', refusals: [{ to: 'ann', reason: 'said another router' }] });
  expect(cancelled).toEqual([['ann', { run: 'r1', task: 'r1-0-0', attempt: 2 }]]);
});
