import { expect, test } from 'vitest';
import { evolve, initialState, workItems } from '@parley/core';
import { dyingBus, type Moment } from './dying-bus.ts';
import type { History } from './history.ts';
import { OFFICE_CAST, OFFICE_OUTPUT, storedItems } from './people.ts';
import { openStage, runConductor, runRouter, type Stage } from './stage.ts';
import { randomFrom, unsteadyBus } from './unsteady-bus.ts';
import { violations } from './verify.ts';

/** What is stored for people is what the log says, in its newest version. */
async function expectItems(stage: Stage, { run, decisions }: History, where: string): Promise<void> {
  const state = decisions.flatMap(({ events }) => events).reduce(evolve, initialState(run));
  const bus = stage.connect();
  const items = await storedItems(bus, 'acme');
  await bus.close();
  expect(items, where).toEqual(workItems(state).toSorted((a, b) => (a.approval < b.approval ? -1 : 1)));
  expect(
    items.map(({ status }) => status),
    where,
  ).toEqual(['approved', 'answered']);
}

async function runWithDeath(k: number, moment: Moment) {
  const stage = openStage(OFFICE_CAST);
  const { bus, died } = dyingBus(stage.connect(), k, moment);
  let hasDied = false;
  const replaced = died.then(async () => {
    hasDied = true;
    await runConductor(stage.connect());
  });
  await runRouter(stage.connect());
  await runConductor(bus);
  await stage.submit();
  const { history, settled } = await stage.settled();
  if (hasDied) await replaced;
  return { stage, hasDied, history, settled };
}

test.each(['before', 'after'] as const)(
  'a conductor that dies %s any of its calls takes effect loses no vote, counts none twice, and leaves the items as the log has them',
  async (moment) => {
    let k = 1;
    for (; ; k++) {
      const { stage, hasDied, history, settled } = await runWithDeath(k, moment);
      const where = `died ${moment} call ${k}`;
      expect(violations(history), where).toEqual([]);
      expect(settled, where).toMatchObject({ status: 'completed', output: OFFICE_OUTPUT });
      await expectItems(stage, history, where);
      const votes = history.decisions.flatMap(({ events }) => events).filter((event) => event.type === 'VoteRecorded');
      // Delivered again, a vote changes nothing: it is not even on record a second time.
      expect(
        votes.map(({ refused }) => refused?.code),
        where,
      ).toEqual(votes.map(() => undefined));
      expect(votes.length, where).toBe(4);
      if (!hasDied) break;
    }
    expect(k).toBeGreaterThan(15);
  },
);

test('two conductors on slow, repeating and forgetful connections leave the same result and the same items', async () => {
  for (let seed = 1; seed <= 15; seed++) {
    const random = randomFrom(seed);
    const stage = openStage(OFFICE_CAST);
    await Promise.all([1, 2].map(() => runConductor(unsteadyBus(stage.connect(), random))));
    await runRouter(stage.connect());
    await stage.submit();
    const { history, settled } = await stage.settled();
    expect(violations(history), `seed ${seed}`).toEqual([]);
    expect(settled, `seed ${seed}`).toMatchObject({ status: 'completed', output: OFFICE_OUTPUT });
    await expectItems(stage, history, `seed ${seed}`);
  }
});

test('what people say during a halt or pause is kept, and what follows comes with the resume', async () => {
  for (let seed = 1; seed <= 15; seed++) {
    const random = randomFrom(5_000 + seed);
    const stage = openStage(OFFICE_CAST);
    await runConductor(stage.connect());
    await runRouter(stage.connect());
    await stage.submit();
    for (const verb of [random() < 0.5 ? 'halt' : 'pause', 'resume', 'halt', 'resume'] as const) {
      for (let rests = Math.floor(random() * 5); rests > 0; rests--) await stage.clock.advance(0);
      await stage.control(verb);
    }
    const { history, settled } = await stage.settled();
    expect(violations(history), `seed ${seed}`).toEqual([]);
    expect(settled, `seed ${seed}`).toMatchObject({ status: 'completed', output: OFFICE_OUTPUT });
    await expectItems(stage, history, `seed ${seed}`);
  }
});
