import { expect, test } from 'vitest';
import { openNatsStage } from './on-nats.ts';
import { conflicts, runConductor, runRouter } from './stage.ts';
import { violations } from './verify.ts';

const RUNS = 100;

test('two conductors and two routers complete a hundred runs alike, each with a sound log', async () => {
  await using stage = await openNatsStage();
  await using stack = new AsyncDisposableStack();
  for (const name of ['one', 'two']) {
    stack.use(await runConductor(await stage.connect(`conductor-${name}`)));
    stack.use(await runRouter(await stage.connect(`router-${name}`), 2_000));
  }
  await stage.submit(RUNS);
  const histories = await stage.settled(RUNS);
  expect(histories).toHaveLength(RUNS);
  const ends = new Set<string>();
  for (const history of histories) {
    expect(violations(history), history.run).toEqual([]);
    expect(history.awards).toHaveLength(9);
    const end = history.decisions.flatMap(({ events }) => events).find(({ type }) => type === 'RunSettled');
    ends.add(JSON.stringify(end));
  }
  expect([...ends]).toEqual([expect.stringContaining('"completed"')]);
  // Both conductors had reports of the same fan-out in hand: without conflicts this would have shown nothing.
  expect(await conflicts()).toBeGreaterThan(0);
}, 90_000);
