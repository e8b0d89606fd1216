import {
  ContractError,
  encodeJson,
  type Problem,
  RunSignal,
  RunWake,
  RunSubmission,
  ScheduleDue,
  TaskAnnouncement,
  TaskReport,
  HEADER,
  verifyLeaseToken,
  decodeJson,
} from '@parley/contracts';
import { backoffMs, type Bus, type ConsumerSpec, deadLetter, type Delivery } from '@parley/bus';
import type { Signal } from '@parley/core';
import type { RunningService, ServiceContext } from '@parley/service';
import { followControl } from './control.ts';
import { createEffects } from './effects.ts';
import { Engine } from './engine.ts';
import { createConductorEvents } from './events.ts';
import { type Accepted, createIntake, replyTo } from './intake.ts';
import type { Mail } from './mailboxes.ts';
import { serveQueries } from './queries.ts';
import type { RunKey } from './run-log.ts';
import { serveSchedules } from './schedules.ts';
import { serveStuck } from './stuck.ts';
import { openWorkflows } from './workflows.ts';

export interface ConductorDependencies extends Pick<ServiceContext, 'instance' | 'log' | 'metrics' | 'health'> {
  readonly bus: Bus;
  /** Shared with the routers: proves that a report comes from the holder of the award. */
  readonly leaseKey: string;
  readonly cacheRuns: number;
}

const CONSUMERS = {
  intake: { stream: 'INTAKE', durable: 'conductor-intake', filter: RunSubmission.filter() },
  tasks: { stream: 'TASKS', durable: 'conductor-tasks', filter: TaskAnnouncement.filter() },
  reports: { stream: 'SIGNALS', durable: 'conductor-reports', filter: TaskReport.filter() },
  signals: { stream: 'SIGNALS', durable: 'conductor-signals', filter: RunSignal.filter() },
  wakes: { stream: 'TIMERS', durable: 'conductor-wakes', filter: RunWake.filter() },
  starts: { stream: 'TIMERS', durable: 'conductor-starts', filter: ScheduleDue.filter() },
} as const;

const ACK_WAIT_MS = 10_000;
/** Deliveries in hand per consumer. */
const SLOTS = 1_024;

/** Starts the workflow engine: folds events, decides, appends. Owns the bus from here on. */
export async function startConductor(deps: ConductorDependencies): Promise<RunningService> {
  const { bus, log, health } = deps;
  await using stack = new AsyncDisposableStack();
  stack.use(bus);
  const source = `/conductor/${deps.instance}`;
  const events = createConductorEvents(log, deps.metrics);
  const workflows = stack.use(await openWorkflows(bus));
  const engine = new Engine({
    bus,
    workflows,
    events,
    source,
    effects: createEffects(bus, source),
    cacheRuns: deps.cacheRuns,
  });
  stack.defer(() => engine.idle());
  const intake = createIntake(workflows);
  const created = {
    intake: (await bus.streamInfo('INTAKE')).createdAt,
    tasks: (await bus.streamInfo('TASKS')).createdAt,
  };

  for (const spec of Object.values(CONSUMERS)) {
    await bus.ensureConsumer({
      ...spec,
      ackWaitMs: ACK_WAIT_MS,
      // A signal that runs out of deliveries is lost: without its wake-up a run would never end.
      maxDeliver: -1,
      maxAckPending: 20_000,
    } satisfies ConsumerSpec);
  }

  const mailOf = (delivery: Delivery, key: RunKey, signal: Signal, traceparent?: string): Mail => ({
    key,
    signal,
    // Decoding headers costs: only the first decision of a run and a recording process need this one.
    get traceparent() {
      return traceparent ?? delivery.headers[HEADER.traceparent];
    },
    redelivered: delivery.deliveries > 1,
    done: () => delivery.ack(),
    again: () => again(delivery),
    poison: (error) => reject(delivery, key.ns, error),
  });

  function reject(delivery: Delivery, ns: string, error: unknown): void {
    const problem: Problem =
      error instanceof ContractError
        ? error.toProblem()
        : { code: 'internal', message: error instanceof Error ? error.message : String(error) };
    if (error instanceof ContractError) events.rejected(delivery.subject, problem.code, problem.message);
    else events.poisoned(delivery.subject, error);
    replyTo(bus, delivery, problem);
    deadLetter(bus, ns, 'conductor', delivery, problem.code, problem.message).catch((cause: unknown) => {
      events.deferred(delivery.subject, cause);
      again(delivery);
    });
  }

  /** Deliveries that hold a signal for a run that exists. */
  function takeSignals(toSignal: (delivery: Delivery) => { key: RunKey; signal: Signal }) {
    return (deliveries: readonly Delivery[]): void | Promise<void> => {
      const mail: Mail[] = [];
      for (const delivery of deliveries) {
        try {
          const { key, signal } = toSignal(delivery);
          mail.push(mailOf(delivery, key, signal));
        } catch (error) {
          reject(delivery, nsOf(delivery.subject), error);
        }
      }
      if (mail.length === 0) return undefined;
      if (commands.caughtUp) return engine.accept(mail);
      return commands.ready().then(() => engine.accept(mail));
    };
  }

  /** Deliveries that ask for a new run. */
  function takeRequests(streamCreatedAt: number, check: typeof intake.submission) {
    return async (deliveries: readonly Delivery[]): Promise<void> => {
      const mail = await Promise.all(
        deliveries.map(async (delivery): Promise<Mail | undefined> => {
          let accepted: Accepted;
          try {
            accepted = await check(delivery, { streamCreatedAt, sequence: delivery.sequence, at: delivery.at });
          } catch (error) {
            if (error instanceof ContractError) reject(delivery, nsOf(delivery.subject), error);
            else {
              events.deferred(delivery.subject, error);
              again(delivery);
            }
            return undefined;
          }
          const { key, signal, traceparent } = accepted;
          const entry = mailOf(delivery, key, signal, traceparent);
          return {
            ...entry,
            done() {
              replyTo(bus, delivery, { run: key.run });
              entry.done();
            },
          };
        }),
      );
      if (!commands.caughtUp) await commands.ready();
      engine.accept(
        mail.flatMap((item) => {
          if (item === undefined) return [];
          const command = commands.of(item.key);
          return command === undefined ? [item] : [item, command];
        }),
      );
    };
  }

  const commands = stack.use(
    await followControl(
      bus,
      (mail) => engine.accept(mail),
      (error) => events.controlUnread(error),
    ),
  );
  for (const running of await serveQueries(bus, engine, workflows)) stack.use(running);
  for (const running of await serveSchedules(bus, intake)) stack.use(running);
  stack.use(await serveStuck(bus, engine));
  for (const filter of [RunSubmission.filter(), TaskAnnouncement.filter()]) {
    stack.use(await answerProblems(bus, filter, (message) => intake.problemOf(message)));
  }

  const consumers = [
    await bus.consume({ ...CONSUMERS.wakes, slots: SLOTS }, takeSignals(wakeSignal)),
    await bus.consume({ ...CONSUMERS.signals, slots: SLOTS }, takeSignals(plainSignal)),
    await bus.consume(
      { ...CONSUMERS.reports, slots: SLOTS },
      takeSignals((delivery) => reportSignal(delivery, deps.leaseKey)),
    ),
    await bus.consume({ ...CONSUMERS.intake, slots: SLOTS }, takeRequests(created.intake, intake.submission)),
    await bus.consume({ ...CONSUMERS.tasks, slots: SLOTS }, takeRequests(created.tasks, intake.announcement)),
    await bus.consume({ ...CONSUMERS.starts, slots: SLOTS }, takeRequests(0, intake.scheduled)),
  ];
  for (const consumer of consumers) stack.use(consumer);
  bus.onStatus((status) => health.setReady(status === 'connected', 'nats connection'));

  const owned = stack.move();
  return {
    closed: Promise.race([bus.closed, ...consumers.map((consumer) => consumer.closed)]),
    async drain() {
      await Promise.all(consumers.map((consumer) => consumer.stop()));
      await engine.idle();
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

const again = (delivery: Delivery): void => delivery.nak(backoffMs(delivery.deliveries));

const nsOf = (subject: string): string => /^parley\.v1\.\w+\.\w+\.([\w-]+)/.exec(subject)?.[1] ?? 'default';

function reportSignal(delivery: Delivery, leaseKey: string): { key: RunKey; signal: Signal } {
  const params = TaskReport.parseSubject(delivery.subject);
  if (params === undefined)
    throw new ContractError('subject_invalid', `${delivery.subject} is not ${TaskReport.subject}`);
  const report = TaskReport.decode(delivery.payload);
  const { ns, runId: run, agent } = params;
  const { task, attempt, epoch, token } = report;
  return {
    key: { ns, run },
    signal: {
      id: `report-${delivery.sequence}`,
      at: delivery.at,
      kind: 'report',
      agent,
      tokenValid: verifyLeaseToken(leaseKey, { ns, run, task, attempt, epoch, agent }, token),
      report,
    },
  };
}

function plainSignal(delivery: Delivery): { key: RunKey; signal: Signal } {
  const params = RunSignal.parseSubject(delivery.subject);
  if (params === undefined)
    throw new ContractError('subject_invalid', `${delivery.subject} is not ${RunSignal.subject}`);
  const body = RunSignal.decode(delivery.payload);
  return {
    key: { ns: params.ns, run: params.runId },
    signal: { id: `signal-${delivery.sequence}`, at: delivery.at, ...body },
  };
}

function wakeSignal(delivery: Delivery): { key: RunKey; signal: Signal } {
  const params = RunWake.parseSubject(delivery.subject);
  if (params === undefined) throw new ContractError('subject_invalid', `${delivery.subject} is not ${RunWake.subject}`);
  const { dueAt } = RunWake.parse(decodeJson(delivery.payload));
  return {
    key: { ns: params.ns, run: params.runId },
    signal: { id: `wake-${dueAt}`, at: Math.max(delivery.at, dueAt), kind: 'wake', dueAt },
  };
}

/** Tells a sender that waits on a reply subject what is wrong with its message. The consumer dead-letters it. */
async function answerProblems(
  bus: Bus,
  filter: string,
  problemOf: (message: {
    subject: string;
    payload: Uint8Array;
    headers: Readonly<Record<string, string>>;
    reply: string | undefined;
  }) => Promise<Problem | undefined>,
) {
  return bus.subscribe(
    filter,
    (messages) => {
      for (const message of messages) {
        const { reply } = message;
        if (reply === undefined) continue;
        problemOf(message).then(
          (problem) => {
            if (problem !== undefined) bus.publish({ subject: reply, payload: encodeJson({ error: problem }) });
          },
          () =>
            bus.publish({
              subject: reply,
              payload: encodeJson({ error: { code: 'internal', message: 'could not be checked' } }),
            }),
        );
      }
    },
    { queue: 'conductor-answers' },
  );
}
