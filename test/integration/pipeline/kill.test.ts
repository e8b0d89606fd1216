import { eventually, type ServiceProcess, spawnService } from '@parley/testing';
import { expect, test } from 'vitest';
import { isSettled, type NatsStage, openNatsStage } from './on-nats.ts';
import { violations } from './verify.ts';

const RUNS = 60;

const start = (stage: NatsStage, service: 'conductor' | 'router'): ServiceProcess =>
  spawnService(new URL(`../../../services/${service}/src/main.ts`, import.meta.url).pathname, {
    PARLEY_NATS_URL: stage.url,
    PARLEY_LEASE_KEY: 'test',
    PARLEY_HTTP_PORT: '0',
    PARLEY_LOG_LEVEL: 'warn',
  });

test.each(['conductor', 'router'] as const)(
  'a %s that is killed in the middle of its runs is followed by another, and all runs end alike with sound logs',
  async (victim) => {
    await using stage = await openNatsStage();
    await using stack = new AsyncDisposableStack();
    const other = victim === 'conductor' ? 'router' : 'conductor';
    stack.use(start(stage, other));
    const killed = stack.use(start(stage, victim));
    await stage.submit(RUNS);
    const before = await eventually(
      async () => {
        const histories = await stage.histories();
        const decisions = histories.reduce((sum, history) => sum + history.decisions.length, 0);
        if (decisions < RUNS * 2) throw new Error(`${decisions} decisions so far`);
        return histories;
      },
      { everyMs: 1, timeoutMs: 20_000 },
    );
    expect(await killed.kill('SIGKILL')).toMatchObject({ signal: 'SIGKILL' });
    expect(before.filter(isSettled).length).toBeLessThan(RUNS);
    stack.use(start(stage, victim));
    const ends = new Set<string>();
    for (const history of await stage.settled(RUNS)) {
      expect(violations(history), history.run).toEqual([]);
      expect(history.awards).toHaveLength(9);
      const end = history.decisions.flatMap(({ events }) => events).find(({ type }) => type === 'RunSettled');
      ends.add(JSON.stringify(end));
    }
    expect([...ends]).toEqual([expect.stringContaining('"completed"')]);
  },
  90_000,
);
