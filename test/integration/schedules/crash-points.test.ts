import { startConductor } from '@parley/conductor';
import {
  encodeJson,
  RunDecision,
  ScheduleDue,
  ScheduleTimer,
  WorkflowDefinition,
  WorkflowRegister,
} from '@parley/contracts';
import { type Bus, createMemoryBroker, ManualClock } from '@parley/bus';
import { createHealth, createLogger, createMetrics, type RunningService } from '@parley/service';
import { expect, test } from 'vitest';
import { dyingBus, type Moment } from '../pipeline/dying-bus.ts';

const MINUTE = 60_000;
const ns = 'acme';
const metrics = createMetrics({ service: 'conductor-test' });
const log = createLogger({ service: 'conductor', instance: 'test', level: 'silent' });

const conductor = (bus: Bus): Promise<RunningService> =>
  startConductor({ bus, instance: 'test', log, metrics, health: createHealth(), leaseKey: 'k', cacheRuns: 10 });

/** Three minutes of a start by cron, with a conductor that dies at its `k`-th call and is replaced. */
async function threeMinutes(k: number, moment: Moment): Promise<{ hasDied: boolean; runs: Map<string, number> }> {
  const clock = new ManualClock();
  const broker = createMemoryBroker({ clock, onLog: () => {} });
  const client = broker.connect('client');
  const first = await conductor(broker.connect('first'));
  const definition = WorkflowDefinition.parse({ name: 'flow', root: { kind: 'task', id: 'a', capability: 'nobody' } });
  const register = { subject: WorkflowRegister.toSubject({ ns, workflow: 'flow' }), payload: encodeJson(definition) };
  await client.request(register, { timeoutMs: 1_000 });
  await first[Symbol.asyncDispose]();

  const { bus, died } = dyingBus(broker.connect('victim'), k, moment);
  let hasDied = false;
  void died.then(() => {
    hasDied = true;
    return conductor(broker.connect('heir'));
  });
  await conductor(bus);
  const schedule = 'often';
  const cron = '* * * * *';
  const start = { workflow: 'flow', input: 1, cron, id: 'often', addedAt: clock.now() };
  const timer = { id: 't', subject: ScheduleTimer.toSubject({ ns, schedule }), payload: ScheduleTimer.encode(start) };
  await client.schedule(timer, ScheduleDue.toSubject({ ns, schedule }), { cron: `0 ${cron}` });
  await clock.advance(3 * MINUTE);
  await client.cancelSchedule('TIMERS', timer.subject);
  await clock.advance(MINUTE);

  const runs = new Map<string, number>();
  for await (const { payload } of client.read('RUNS', RunDecision.filter({ ns }))) {
    const { run, events } = RunDecision.decode(payload);
    const starts = events.filter(({ type }) => type === 'RunStarted').length;
    runs.set(run, (runs.get(run) ?? 0) + starts);
  }
  return { hasDied, runs };
}

test.each(['before', 'after'] as const)(
  'a conductor that dies %s any of its calls takes effect starts one run for each time',
  async (moment) => {
    let k = 1;
    for (; ; k++) {
      const { hasDied, runs } = await threeMinutes(k, moment);
      expect([...runs.values()], `died ${moment} call ${k}`).toEqual([1, 1, 1]);
      if (!hasDied) break;
    }
    // Each start is a decision, its wake-up and its ack, and there are the wake-ups of three runs.
    expect(k).toBeGreaterThan(9);
  },
);
