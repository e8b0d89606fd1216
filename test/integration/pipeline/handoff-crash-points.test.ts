import { expect, test } from 'vitest';
import { DEATHS, everyDeath } from './every-death.ts';
import { RELAY_AWARDS, RELAY_CAST, RELAY_OUTPUT } from './relay.ts';
import { openStage, runConductor, runRouter } from './stage.ts';
import { randomFrom, unsteadyBus } from './unsteady-bus.ts';
import { violations } from './verify.ts';

test.each(DEATHS)(
  'a %s that dies %s any of its calls takes effect repeats offers, never a transfer',
  async (...death) => {
    const calls = await everyDeath(RELAY_CAST, death, ({ history, settled }, where) => {
      expect({ status: settled.status, output: settled.output }, where).toEqual({
        status: 'completed',
        output: RELAY_OUTPUT,
      });
      expect(history.awards.length, where).toBe(RELAY_AWARDS);
    });
    expect(calls).toBeGreaterThan(15);
  },
);

test('two conductors and two routers on slow, repeating and forgetful connections end the relay alike', async () => {
  for (let seed = 1; seed <= 20; seed++) {
    const random = randomFrom(seed);
    const stage = openStage(RELAY_CAST);
    const unsteady = () => unsteadyBus(stage.connect(), random);
    await Promise.all([runConductor(unsteady()), runConductor(unsteady())]);
    await Promise.all([runRouter(unsteady()), runRouter(unsteady())]);
    await stage.submit();
    const { history, settled } = await stage.settled();
    expect(violations(history), `seed ${seed}`).toEqual([]);
    expect(settled, `seed ${seed}`).toMatchObject({ status: 'completed', output: RELAY_OUTPUT });
  }
});

test('halts, pauses and their resumes in the middle of hand-offs lose nothing and transfer nothing twice', async () => {
  let commanded = 0;
  for (let seed = 1; seed <= 40; seed++) {
    const random = randomFrom(3_000 + seed);
    const stage = openStage(RELAY_CAST);
    for (const start of [runConductor, runRouter]) await start(unsteadyBus(stage.connect(), random));
    await stage.submit();
    for (const verb of [random() < 0.5 ? 'halt' : 'pause', 'resume', 'halt', 'resume'] as const) {
      for (let rests = Math.floor(random() * 4); rests > 0; rests--) await stage.clock.advance(0);
      await stage.control(verb);
    }
    const { history, settled } = await stage.settled();
    expect(violations(history), `seed ${seed}`).toEqual([]);
    expect(settled, `seed ${seed}`).toMatchObject({ status: 'completed', output: RELAY_OUTPUT });
    const events = history.decisions.flatMap((decision) => decision.events);
    commanded += events.filter(({ type }) => type === 'ControlApplied').length;
  }
  expect(commanded).toBeGreaterThan(40);
});
