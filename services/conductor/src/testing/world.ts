import { type Bus, createMemoryBroker, ManualClock } from '@parley/bus';
import {
  type Body,
  Control,
  DeadLetter,
  encodeJson,
  type HumanRequest,
  type Json,
  leaseToken,
  partitionOf,
  runIdOfMessage,
  type RunEvent,
  RunDecision,
  RunSignal,
  RunSubmission,
  type TaskScheduled,
  TaskReport,
  WorkflowDefinition,
  WorkflowRegister,
} from '@parley/contracts';
import { createHealth, createLogger, createMetrics, type RunningService } from '@parley/service';
import { loadRun, type RunLog } from '../run-log.ts';
import { startConductor } from '../service.ts';

export const NS = 'acme';
const LEASE_KEY = 'test';
const metrics = createMetrics({ service: 'conductor-test' });
const log = createLogger({ service: 'conductor', instance: 'test', level: 'silent' });

/** What an agent says at the end of an attempt. */
export type Answer =
  | { kind: 'result'; output: Json }
  | { kind: 'failed'; error: { code: string; message: string; retryable: boolean } }
  | { kind: 'parked'; reason: string }
  | { kind: 'ask'; request: HumanRequest };

/** An in-memory broker with time that stands still, and what routers, agents, people and systems would say to a conductor. */
export interface World extends AsyncDisposable {
  readonly bus: Bus;
  readonly clock: ManualClock;
  connect(): Bus;
  conductor(bus?: Bus): Promise<RunningService>;
  register(root: Json, name?: string, more?: { [key: string]: Json }): Promise<void>;
  /** Submits and answers the id of the run. */
  submit(body: { [key: string]: Json }, workflow?: string): Promise<string>;
  log(run: string): Promise<RunLog>;
  decisions(run: string): Promise<Body<typeof RunDecision>[]>;
  events(run: string): Promise<RunEvent[]>;
  scheduled(run: string): Promise<TaskScheduled[]>;
  /** Reports the open attempt of a path, or the one given. */
  report(run: string, path: string, answer: Answer, change?: Partial<Report>): Promise<void>;
  /** Reports every attempt that is scheduled from now on; nothing when `answer` gives undefined. */
  work(answer: (task: TaskScheduled) => Answer | undefined): Promise<void>;
  signal(run: string, body: Body<typeof RunSignal>): Promise<void>;
  control(run: string, verb: 'halt' | 'pause' | 'resume'): Promise<number>;
  deadLetters(): Promise<Body<typeof DeadLetter>[]>;
  /** Tries until `check` holds, letting what is under way happen and then moving time on, at most ten minutes in all. */
  until<T>(check: () => Promise<T>): Promise<T>;
  /** Lets what is under way happen without moving time. */
  rest(): Promise<void>;
  settled(run: string): Promise<Extract<RunEvent, { type: 'RunSettled' }>>;
}

interface Report {
  agent: string;
  attempt: number;
  token: string;
  task: string;
  /** Unlike the one that an agent sends, so that a repetition is stored again. */
  messageId: string;
}

const NO_USAGE = { inputTokens: 10, outputTokens: 1, microUsd: 5, modelCalls: 1 };
const STEP_MS = 1_000;
const LONGEST_MS = 600_000;

export async function openWorld(options: { conductors?: number; cacheRuns?: number } = {}): Promise<World> {
  const clock = new ManualClock();
  const broker = createMemoryBroker({ clock, onLog: () => {} });
  const bus = broker.connect('test');
  const stack = new AsyncDisposableStack();
  stack.use(bus);
  let started = 0;
  let messages = 0;

  const rest = (): Promise<void> => clock.advance(0);

  async function until<T>(check: () => Promise<T>): Promise<T> {
    for (let waited = 0; ; waited += STEP_MS) {
      await rest();
      try {
        return await check();
      } catch (error) {
        if (waited >= LONGEST_MS) throw error;
      }
      await clock.advance(STEP_MS);
    }
  }

  const world: World = {
    bus,
    clock,
    rest,
    until,
    connect: () => broker.connect('other'),
    async conductor(own = broker.connect('conductor')) {
      const instance = `c${++started}`;
      const deps = { instance, log, metrics, health: createHealth(), leaseKey: LEASE_KEY };
      return stack.use(await startConductor({ ...deps, bus: own, cacheRuns: options.cacheRuns ?? 100 }));
    },
    async register(root, name = 'flow', more = {}) {
      const payload = WorkflowRegister.encode(WorkflowDefinition.parse({ name, root, ...more }));
      const subject = WorkflowRegister.toSubject({ ns: NS, workflow: name });
      await bus.request({ subject, payload }, { timeoutMs: 1_000 });
    },
    async submit(body, workflow = 'flow') {
      const { createdAt } = await bus.streamInfo('INTAKE');
      const subject = RunSubmission.toSubject({ ns: NS, workflow });
      const { sequence } = await bus.storeOne({ subject, payload: encodeJson(body), id: `s${++messages}` });
      await rest();
      return runIdOfMessage(NS, createdAt, sequence);
    },
    log: (run) => loadRun(bus, { ns: NS, run }),
    async decisions(run) {
      const found: Body<typeof RunDecision>[] = [];
      const subject = RunDecision.toSubject({ ns: NS, partition: partitionOf(run), runId: run });
      for await (const { payload } of bus.read('RUNS', subject)) found.push(RunDecision.decode(payload));
      return found;
    },
    events: async (run) => (await world.decisions(run)).flatMap(({ events }) => events),
    scheduled: async (run) => (await world.events(run)).filter((event) => event.type === 'TaskScheduled'),
    async report(run, path, answer, change = {}) {
      const open = (await world.scheduled(run)).findLast(
        (event) => event.path === path && event.attempt === (change.attempt ?? event.attempt),
      );
      if (open === undefined) throw new Error(`no attempt of ${path} is scheduled`);
      await storeReport(open, answer, change);
      await rest();
    },
    async work(answer) {
      const filter = RunDecision.filter({ ns: NS });
      const following = await bus.follow('RUNS', filter, (stored) => {
        for (const { events } of stored.map(({ payload }) => RunDecision.decode(payload)))
          for (const event of events) {
            const given = event.type === 'TaskScheduled' ? answer(event) : undefined;
            if (event.type === 'TaskScheduled' && given !== undefined) void storeReport(event, given, {});
          }
      });
      stack.use(following);
      await rest();
    },
    async signal(run, body) {
      const subject = RunSignal.toSubject({ ns: NS, partition: partitionOf(run), runId: run });
      await bus.storeOne({ subject, payload: RunSignal.encode(body), id: `signal${++messages}` });
      await rest();
    },
    async control(run, verb) {
      const subject = Control.toSubject({ scope: 'run', ns: NS, id: run });
      const payload = Control.encode({ verb, by: 'operator', reason: 'the test says so' });
      const { sequence } = await bus.storeOne({ subject, payload, id: `control${++messages}` });
      await rest();
      return sequence;
    },
    async deadLetters() {
      const found: Body<typeof DeadLetter>[] = [];
      for await (const { payload } of bus.read('DEADLETTER', DeadLetter.filter()))
        found.push(DeadLetter.decode(payload));
      return found;
    },
    settled: (run) =>
      until(async () => {
        const { state } = await world.log(run);
        if (!('settled' in state)) throw new Error(`run ${run} is ${state.status}`);
        return state.settled;
      }),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };

  async function storeReport(open: TaskScheduled, answer: Answer, change: Partial<Report>): Promise<void> {
    const { task = open.task, attempt = open.attempt, agent = 'worker' } = change;
    const run = open.task.slice(0, open.task.indexOf('-'));
    const { epoch } = open;
    const token = change.token ?? leaseToken(LEASE_KEY, { ns: NS, run, task, attempt, epoch, agent });
    await bus.storeOne({
      subject: TaskReport.toSubject({ ns: NS, partition: partitionOf(run), agent, runId: run }),
      payload: TaskReport.encode({ task, attempt, epoch, instance: 'i1', token, usage: NO_USAGE, ...answer }),
      id: change.messageId ?? `${token}-${answer.kind}`,
    });
  }

  for (let i = 0; i < (options.conductors ?? 1); i++) await world.conductor();
  return world;
}

/** A task node. */
export const task = (id: string, more: { [key: string]: Json } = {}): { [key: string]: Json } => ({
  kind: 'task',
  id,
  capability: 'work',
  ...more,
});
