import { encodeJson, HEADER, QueryAgents, RunDecision } from '@parley/contracts';
import { type Bus, deadLetter, type Delivery } from '@parley/bus';
import type { RunningService, ServiceContext } from '@parley/service';
import { type Answers, Auctions } from './auctions.ts';
import { awardAll } from './awards.ts';
import { createRouterEvents } from './events.ts';
import { followFences } from './fences.ts';
import { relevantEvents } from './decision.ts';
import { NoBids } from './no-bids.ts';
import { routeOffer } from './offers.ts';
import { byCapability, isOffered, type OpenTask } from './open-task.ts';
import { openRegistry } from './registry.ts';
import { withdraw } from './withdrawals.ts';

export interface RouterDependencies extends Pick<ServiceContext, 'instance' | 'log' | 'metrics' | 'health'> {
  readonly bus: Bus;
  /** Shared with the conductors, which verify reports by it. */
  readonly leaseKey: string;
  /** Longest time a call waits for proposals, milliseconds. */
  readonly replyByMs: number;
  /** How often agents beat, milliseconds. */
  readonly beatMs: number;
  /** An award that a dead agent held is delivered again after this long, milliseconds. */
  readonly workAckWaitMs: number;
}

const DECISIONS = { stream: 'RUNS', durable: 'router-decisions', filter: RunDecision.filter() } as const;

/** Decisions in hand. */
const SLOTS = 1_024;
/** Agents asked per call. */
const MAX_ASKED = 8;
/** An offer is waited for this many times as long as proposals: only one agent is asked at a time. */
const OFFER_REPLIES = 4;
/** A decision whose awards could not be stored comes again after this long; milliseconds. */
const AGAIN_MS = 500;

/** Starts the contract net: turns scheduled tasks into awards, and keeps the registry. Owns the bus from here on. */
export async function startRouter(deps: RouterDependencies): Promise<RunningService> {
  const { bus, log, health, instance } = deps;
  await using stack = new AsyncDisposableStack();
  stack.use(bus);
  const events = createRouterEvents(log, deps.metrics);
  const registry = stack.use(
    await openRegistry(bus, { beatMs: deps.beatMs, workAckWaitMs: deps.workAckWaitMs, events }),
  );
  const fences = stack.use(await followFences(bus, (error) => events.deferred(error)));
  const auctions = stack.use(await new Auctions({ bus, router: instance, replyByMs: deps.replyByMs, events }).start());
  const awarding = { bus, leaseKey: deps.leaseKey, router: instance, events };
  let open = 0;

  stack.use(
    await bus.serve(
      QueryAgents.filter(),
      (message) => encodeJson({ agents: registry.list(QueryAgents.parseSubject(message.subject)?.ns ?? '') }),
      { queue: 'router' },
    ),
  );
  await bus.ensureConsumer({ ...DECISIONS, ackWaitMs: 10_000, maxDeliver: -1, maxAckPending: 20_000 });

  function settleAgain(tasks: readonly OpenTask[], error: unknown): void {
    events.deferred(error);
    for (const task of tasks) task.settle('again');
  }

  const noBids = stack.adopt(new NoBids(bus, routeAgain), (waiting) => waiting.stop());

  /** Routes tasks of one capability and namespace. */
  function route(tasks: readonly OpenTask[]): void {
    try {
      routeGroup(tasks);
    } catch (error) {
      settleAgain(tasks, error);
    }
  }

  function routeGroup(tasks: readonly OpenTask[]): void {
    const [first] = tasks;
    if (first === undefined) return;
    const { ns, scheduled } = first;
    const { capability, agents } = scheduled;
    const candidates = registry
      .capable(ns, capability)
      .filter((agent) => agents === undefined || agents.includes(agent));
    const live = new Set(candidates.filter((agent) => registry.isLive(ns, agent)));
    if (candidates.length < 2 || live.size === 0) {
      awardAll(awarding, tasks, () => ({ candidates, live })).catch((error: unknown) => settleAgain(tasks, error));
      return;
    }
    const asked = [...live].slice(0, MAX_ASKED);
    auctions.call(tasks, asked, (answersOf) => {
      const [decidable, unanswered] = partition(tasks, (task) => isFinal(answersOf(task)));
      const decided = [...decidable, ...noBids.wait(unanswered)];
      awardAll(awarding, decided, (task) => ({ candidates, live, answers: answersOf(task) })).catch((error: unknown) =>
        settleAgain(decided, error),
      );
    });
  }

  /** No award past the deadline or below the fence: the conductor has closed the attempt, or will. */
  function mayBeAwarded({ ns, run, scheduled: { task, attempt, deadlineAt, epoch } }: OpenTask): boolean {
    const reason = deadlineAt < bus.now() ? 'late' : fences.fenced(ns, run, epoch) ? 'fenced' : undefined;
    if (reason !== undefined) events.skipped(task, attempt, reason);
    return reason === undefined;
  }

  const offering = { ...awarding, registry, offerMs: OFFER_REPLIES * deps.replyByMs, mayBeAwarded };

  /** Calls for tasks again that nobody bid for. */
  function routeAgain(tasks: readonly OpenTask[]): void {
    const [open, over] = partition(tasks, mayBeAwarded);
    for (const task of over) task.settle('done');
    route(open);
  }

  /** The tasks that a decision opened and that may still be awarded. */
  function openTasks(delivery: Delivery): OpenTask[] {
    const params = RunDecision.parseSubject(delivery.subject);
    if (params === undefined) return [];
    const { ns, runId: run } = params;
    const tasks: OpenTask[] = [];
    let left = 0;
    let again = false;
    const settle = (outcome: 'done' | 'again'): void => {
      open--;
      again ||= outcome === 'again';
      if (--left > 0) return;
      if (again) delivery.nak(AGAIN_MS);
      else delivery.ack();
    };
    const { scheduled: all, withdrawn } = relevantEvents(delivery.payload);
    for (const scheduled of all) {
      const task = { ns, run, scheduled, traceparent: delivery.headers[HEADER.traceparent], settle };
      if (mayBeAwarded(task)) tasks.push(task);
    }
    for (const attempt of withdrawn) {
      withdraw(bus, instance, { ns, run, ...attempt }).catch((error: unknown) => events.deferred(error));
    }
    left = tasks.length;
    open += left;
    if (left === 0) delivery.ack();
    return tasks;
  }

  const consumer = await bus.consume({ ...DECISIONS, slots: SLOTS }, async (deliveries) => {
    if (!fences.caughtUp) await fences.ready();
    const tasks: OpenTask[] = [];
    for (const delivery of deliveries) {
      try {
        tasks.push(...openTasks(delivery));
      } catch (error) {
        log.error({ event: 'decision.unreadable', subject: delivery.subject, sequence: delivery.sequence, err: error });
        const ns = RunDecision.parseSubject(delivery.subject)?.ns ?? 'default';
        deadLetter(bus, ns, 'router', delivery, 'message_invalid', String(error)).catch(() => delivery.nak(AGAIN_MS));
      }
    }
    const [offered, biddable] = partition(tasks, isOffered);
    for (const task of offered.filter(isOffered))
      routeOffer(offering, task).catch((error: unknown) => settleAgain([task], error));
    for (const group of byCapability(biddable)) route(group);
  });
  stack.use(consumer);
  bus.onStatus((status) => health.setReady(status === 'connected', 'nats connection'));

  const owned = stack.move();
  return {
    closed: Promise.race([bus.closed, consumer.closed]),
    async drain() {
      await consumer.stop();
      noBids.stop();
      while (open > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Somebody bid, or everybody has said that asking again cannot help. */
const isFinal = ({ proposals, refusals, silent }: Answers): boolean =>
  proposals.length > 0 || (silent.length === 0 && refusals.every((refusal) => refusal.final));

function partition<T>(items: readonly T[], test: (item: T) => boolean): [T[], T[]] {
  const yes: T[] = [];
  const no: T[] = [];
  for (const item of items) (test(item) ? yes : no).push(item);
  return [yes, no];
}
