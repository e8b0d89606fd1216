import { expect, test, vi } from 'vitest';
import { openWorld } from './testing/world.ts';

test('a task for some agents alone is auctioned among them, whoever else bids', async () => {
  await using world = await openWorld();
  await world.agent('cheap', () => ({ cost: 1 }));
  await world.agent('ann', () => ({ cost: 50 }));
  await world.agent('bob', () => ({ cost: 90 }));
  await world.schedule('r1', { agents: ['ann', 'bob'] });
  expect(await world.awards()).toMatchObject([{ agent: 'ann', reasons: { rule: 'best_score', silent: [] } }]);
  expect((await world.awards())[0]?.reasons.bids.map(({ agent }) => agent)).toEqual(['ann', 'bob']);
});

test('a task for one agent needs no auction', async () => {
  await using world = await openWorld();
  const [ann] = [await world.agent('ann', () => ({})), await world.agent('bob', () => ({}))];
  await world.schedule('r1', { agents: ['ann'] });
  expect(await world.awards()).toMatchObject([{ agent: 'ann', reasons: { rule: 'only_candidate' } }]);
  expect(ann.calls).toEqual([]);
});

test('tasks for different agents do not share a call', async () => {
  await using world = await openWorld();
  for (const name of ['ann', 'bob', 'carl']) await world.agent(name, () => ({}));
  await world.schedule('r1', { agents: ['ann', 'bob'] }, { agents: ['bob', 'carl'] }, { agents: ['bob', 'ann'] });
  const awards = await world.awards();
  expect(awards.map(({ agent }) => agent)).toEqual(['ann', 'ann', 'bob']);
});

test('a task for agents of which none is known is unroutable, with their names', async () => {
  await using world = await openWorld();
  await world.agent('ann', () => ({}));
  await world.schedule('r1', { agents: ['bob', 'carl'] });
  expect(await world.awards()).toEqual([]);
  expect(await world.signals()).toMatchObject([
    { kind: 'unroutable', reason: expect.stringContaining('for bob, carl alone') as unknown },
  ]);
});

test('a bid of somebody else does not end the wait for those the task is for', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    await using world = await openWorld();
    await world.agent('cheap', () => ({ cost: 1 }));
    for (const name of ['ann', 'bob']) await world.agent(name, () => ({ refuse: 'busy' }));
    await world.schedule('r1', { agents: ['ann', 'bob'] });
    await world.clock.advance(31_000);
    vi.advanceTimersByTime(250);
    await world.rest();
    expect(await world.awards()).toEqual([]);
    expect(await world.signals()).toMatchObject([
      { kind: 'unroutable', reason: expect.stringContaining('busy') as unknown },
    ]);
  } finally {
    vi.useRealTimers();
  }
});
