import { expect, test } from 'vitest';
import { dyingBus } from './dying-bus.ts';
import { conflicts, openStage, runConductor, runRouter } from './stage.ts';
import { randomFrom, unsteadyBus } from './unsteady-bus.ts';
import { violations } from './verify.ts';

const SEEDS = Number(process.env['PARLEY_TEST_SEEDS'] ?? 40);

test(`two conductors and two routers on slow, repeating and forgetful connections end alike in ${SEEDS} interleavings`, async () => {
  const outputs = new Set<string>();
  for (let seed = 1; seed <= SEEDS; seed++) {
    const random = randomFrom(seed);
    const stage = openStage();
    const unsteady = () => unsteadyBus(stage.connect(), random);
    await Promise.all([runConductor(unsteady()), runConductor(unsteady())]);
    await Promise.all([runRouter(unsteady()), runRouter(unsteady())]);
    await stage.submit();
    const { history, settled } = await stage.settled();
    expect(violations(history), `seed ${seed}`).toEqual([]);
    expect(settled.status, `seed ${seed}`).toBe('completed');
    outputs.add(JSON.stringify(settled.output));
  }
  expect(outputs.size).toBe(1);
  expect(await conflicts()).toBeGreaterThan(SEEDS / 2);
});

test(`the same with a conductor and a router that die at a random call, in ${SEEDS} interleavings`, async () => {
  const outputs = new Set<string>();
  for (let seed = 1; seed <= SEEDS; seed++) {
    const random = randomFrom(1_000 + seed);
    const stage = openStage();
    const pick = () => 1 + Math.floor(random() * 25);
    for (const start of [runConductor, runRouter]) {
      const { bus, died } = dyingBus(stage.connect(), pick(), random() < 0.5 ? 'before' : 'after');
      void died.then(() => start(unsteadyBus(stage.connect(), random)));
      await start(unsteadyBus(bus, random));
      await start(unsteadyBus(stage.connect(), random));
    }
    await stage.submit();
    const { history, settled } = await stage.settled();
    expect(violations(history), `seed ${seed}`).toEqual([]);
    expect(settled.status, `seed ${seed}`).toBe('completed');
    outputs.add(JSON.stringify(settled.output));
  }
  expect(outputs.size).toBe(1);
});

test(`a halt, a pause and their resumes at random moments lose nothing and repeat nothing, in ${SEEDS} interleavings`, async () => {
  const outputs = new Set<string>();
  let commanded = 0;
  for (let seed = 1; seed <= SEEDS; seed++) {
    const random = randomFrom(2_000 + seed);
    const stage = openStage();
    for (const start of [runConductor, runRouter]) {
      await start(unsteadyBus(stage.connect(), random));
      await start(unsteadyBus(stage.connect(), random));
    }
    await stage.submit();
    for (const verb of [random() < 0.5 ? 'halt' : 'pause', 'resume', 'halt', 'resume'] as const) {
      for (let rests = Math.floor(random() * 4); rests > 0; rests--) await stage.clock.advance(0);
      await stage.control(verb);
    }
    const { history, settled } = await stage.settled();
    expect(violations(history), `seed ${seed}`).toEqual([]);
    expect(settled.status, `seed ${seed}`).toBe('completed');
    outputs.add(JSON.stringify(settled.output));
    const events = history.decisions.flatMap((decision) => decision.events);
    commanded += events.filter(({ type }) => type === 'ControlApplied').length;
  }
  expect(outputs.size).toBe(1);
  expect(commanded).toBeGreaterThan(SEEDS);
});
