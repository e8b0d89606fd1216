import { expect, test } from 'vitest';
import { DEATHS, everyDeath, runWithDeath } from './every-death.ts';
import { FLOW_CAST } from './stage.ts';

async function undisturbed() {
  const { history, settled } = await runWithDeath(FLOW_CAST, 'conductor', Infinity, 'before');
  return { output: settled.output, decisions: history.decisions.length, awards: history.awards.length };
}

test('undisturbed, the flow takes one award per task and ends with what the gate accepted', async () => {
  const { output, awards, decisions } = await undisturbed();
  expect(output).toContain('again');
  expect(awards).toBe(9);
  expect(decisions).toBeLessThanOrEqual(9);
});

test.each(DEATHS)('a %s that dies %s any of its calls takes effect leaves the same result', async (...death) => {
  const { output } = await undisturbed();
  const calls = await everyDeath(FLOW_CAST, death, ({ history, settled }, where) => {
    expect({ status: settled.status, output: settled.output }, where).toEqual({ status: 'completed', output });
    expect(history.awards.length, where).toBe(9);
  });
  // Every task has its award and its decision, each with an ack.
  expect(calls).toBeGreaterThan(15);
});
