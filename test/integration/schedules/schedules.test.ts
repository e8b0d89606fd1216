import { connectBus, type Bus } from '@parley/bus';
import {
  decodeJson,
  encodeJson,
  QuerySchedules,
  RunDecision,
  type RunEvent,
  ScheduleAdd,
  ScheduleDue,
  ScheduleRemove,
  ScheduleTimer,
  WorkflowRegister,
} from '@parley/contracts';
import { startConductor } from '@parley/conductor';
import { createHealth, createLogger, createMetrics, type RunningService } from '@parley/service';
import { eventually, testNamespace } from '@parley/testing';
import { expect, test } from 'vitest';
import { restartableNats } from '../bus/restartable-nats.ts';

const MINUTE = 60_000;
const metrics = createMetrics({ service: 'conductor-test' });
const log = createLogger({ service: 'conductor', instance: 'test', level: 'silent' });

async function conductor(url: string, instance: string): Promise<RunningService> {
  const bus = await connectBus({ url, name: instance, topology: 'ensure' });
  return await startConductor({ bus, instance, log, metrics, health: createHealth(), leaseKey: 'k', cacheRuns: 10 });
}

async function request(bus: Bus, subject: string, body: unknown): Promise<unknown> {
  return await eventually(
    async () => decodeJson((await bus.request({ subject, payload: encodeJson(body) }, { timeoutMs: 1_000 })).payload),
    { timeoutMs: 20_000 },
  );
}

/** The first event of every run of a namespace, oldest run first. */
async function started(bus: Bus, ns: string): Promise<RunEvent[]> {
  const first: RunEvent[] = [];
  for await (const { payload } of bus.read('RUNS', RunDecision.filter({ ns }))) {
    const { n, events } = RunDecision.decode(payload);
    const [event] = events;
    if (n === 1 && event !== undefined) first.push(event);
  }
  return first;
}

const register = (bus: Bus, ns: string) =>
  request(bus, WorkflowRegister.toSubject({ ns, workflow: 'flow' }), {
    name: 'flow',
    root: { kind: 'task', id: 'a', capability: 'nobody' },
  });
const add = (bus: Bus, ns: string, schedule: string, body: object) =>
  request(bus, ScheduleAdd.toSubject({ ns, schedule }), { workflow: 'flow', input: schedule, ...body });

/** What the conductor arms for every minute, here every two seconds. */
async function often(bus: Bus, ns: string): Promise<void> {
  const schedule = 'often';
  const start = { workflow: 'flow', input: 1, cron: '* * * * *', id: 'often', addedAt: Date.now() };
  const timer = { id: ns, subject: ScheduleTimer.toSubject({ ns, schedule }), payload: ScheduleTimer.encode(start) };
  await bus.schedule(timer, ScheduleDue.toSubject({ ns, schedule }), { cron: '*/2 * * * * *' });
}

test(
  'starts once and by cron survive the death of the server and of the conductor; each due time is one run',
  async () => {
    await using nats = await restartableNats();
    await using bus = await connectBus({ url: nats.url, name: 'client', topology: 'ensure' });
    const ns = testNamespace();
    let service = await conductor(nats.url, 'first');
    await register(bus, ns);
    const at = Date.now() + 8_000;
    await add(bus, ns, 'once', { at });
    await add(bus, ns, 'nightly', { cron: '0 3 * * *', timeZone: 'Europe/Berlin' });
    await often(bus, ns);
    await eventually(async () => expect((await started(bus, ns)).length).toBeGreaterThan(0), { timeoutMs: 10_000 });

    // No conductor is there when the server comes back: what is due waits for the next one.
    await service[Symbol.asyncDispose]();
    await nats.restart(1_000);
    await eventually(() => expect(Date.now()).toBeGreaterThan(at + 1_000), { timeoutMs: 15_000 });
    service = await conductor(nats.url, 'second');
    await using _service = service;

    await eventually(
      async () => {
        const events = await started(bus, ns);
        const by = events.map((event) => (event.type === 'RunStarted' ? event.by : ''));
        expect(by.filter((name) => name === 'schedule once')).toHaveLength(1);
        expect(by.filter((name) => name === 'schedule often').length).toBeGreaterThan(3);
        expect(by).not.toContain('schedule nightly');
      },
      { timeoutMs: 20_000 },
    );
    expect(await request(bus, ScheduleRemove.toSubject({ ns, schedule: 'often' }), {})).toEqual({ removed: true });
    expect(await request(bus, QuerySchedules.toSubject({ ns }), {})).toMatchObject({
      schedules: [{ schedule: 'nightly', cron: '0 3 * * *', timeZone: 'Europe/Berlin' }],
    });
  },
  2 * MINUTE,
);
