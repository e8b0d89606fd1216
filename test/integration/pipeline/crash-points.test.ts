import { expect, test } from 'vitest';
import { dyingBus, type Moment } from './dying-bus.ts';
import { openStage, runConductor, runRouter } from './stage.ts';
import { violations } from './verify.ts';

/** Runs the flow with one process that dies at its `k`-th call and is replaced. Answers whether it got that far. */
async function runWithDeath(victim: 'conductor' | 'router', k: number, moment: Moment) {
  const stage = openStage();
  const start = victim === 'conductor' ? runConductor : runRouter;
  const { bus, died } = dyingBus(stage.connect(), k, moment);
  let hasDied = false;
  const replaced = died.then(async () => {
    hasDied = true;
    await start(stage.connect());
  });
  await (victim === 'conductor' ? runRouter : runConductor)(stage.connect());
  await start(bus);
  await stage.submit();
  const { history, settled } = await stage.settled();
  if (hasDied) await replaced;
  return { hasDied, history, settled };
}

async function undisturbed() {
  const { history, settled } = await runWithDeath('conductor', Infinity, 'before');
  return { output: settled.output, decisions: history.decisions.length, awards: history.awards.length };
}

test('undisturbed, the flow takes one award per task and ends with what the gate accepted', async () => {
  const { output, awards, decisions } = await undisturbed();
  expect(output).toContain('again');
  expect(awards).toBe(9);
  expect(decisions).toBeLessThanOrEqual(9);
});

test.each([
  ['conductor', 'before'],
  ['conductor', 'after'],
  ['router', 'before'],
  ['router', 'after'],
] as const)('a %s that dies %s any of its calls takes effect leaves the same result', async (victim, moment) => {
  const { output } = await undisturbed();
  let k = 1;
  for (; ; k++) {
    const { hasDied, history, settled } = await runWithDeath(victim, k, moment);
    const where = `${victim} died ${moment} call ${k}`;
    expect(violations(history), where).toEqual([]);
    expect({ status: settled.status, output: settled.output }, where).toEqual({ status: 'completed', output });
    expect(history.awards.length, where).toBe(9);
    if (!hasDied) break;
  }
  // Every task has its award and its decision, each with an ack.
  expect(k).toBeGreaterThan(15);
});
