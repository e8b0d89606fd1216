import type { Bus, CoreMessage, Running } from '@parley/bus';
import { type RedisStore, registryKeys, startBoardRelay, StoreUnavailable } from '@parley/board';
import {
  ContractError,
  encodeJson,
  type MessageType,
  PermitRenew,
  PermitRequest,
  PermitSettle,
  QueryLedger,
} from '@parley/contracts';
import type { Health, Logger, Metrics } from '@parley/service';
import type { GuardianConfig } from './config.ts';
import { followControl } from './control-feed.ts';
import { createControlState } from './control-state.ts';
import { createEvents } from './events.ts';
import { createLeases } from './leases.ts';
import { createLedger } from './ledger.ts';
import { createGuardianMetrics, noMetrics } from './metrics.ts';
import { createPermits } from './permits.ts';
import { inRequestSpan } from './request-span.ts';
import { createRunFacts } from './run-facts.ts';
import { startUpkeep } from './upkeep.ts';
import { createUsageLog } from './usage-log.ts';

const QUEUE = 'guardian';
/** An entry in the outbox for so long was left there by a crash; a younger one is on its way. */
const LEFT_OVER_MS = 2_000;

export interface GuardianDependencies {
  readonly bus: Bus;
  /** The connection for commands; the board relay opens one more beside it. */
  readonly redis: RedisStore;
  readonly config: GuardianConfig;
  readonly log: Logger;
  /** Names this process in what it publishes. */
  readonly instance?: string;
  readonly metrics?: Metrics;
  readonly health?: Health;
}

export interface Guardian extends AsyncDisposable {
  /** Settles when the connection to the bus is gone for good. */
  readonly closed: Promise<void>;
  /** Takes no new request and answers those in hand. */
  drain(): Promise<void>;
}

/** Serves permits and ledger queries of all namespaces and relays the outboxes of boards and ledgers. Redis may be away, also at the start. */
export async function startGuardian(dependencies: GuardianDependencies): Promise<Guardian> {
  const { bus, redis, config, log, instance = 'guardian', metrics: registry, health } = dependencies;
  const source = `/guardian/${instance}`;
  await using stack = new AsyncDisposableStack();
  const events = createEvents(log);
  const metrics = registry === undefined ? noMetrics : createGuardianMetrics(registry);
  const control = createControlState();
  const usage = createUsageLog(bus, redis, source, events);
  const leases = createLeases(config.leaseMs);
  const ledger = createLedger({ bus, redis, usage, events, leaseMs: config.leaseMs });
  const factsOf = createRunFacts(bus);
  const feed = stack.use(await followControl(bus, control, events));
  const permits = createPermits({
    ...config,
    ledger,
    usage,
    leases,
    control,
    feed,
    factsOf,
    connection: () => redis.connection,
    events,
    metrics,
  });

  const inHand = new Set<Promise<unknown>>();
  const servers: Running[] = [];
  /** Answers one kind of request; what breaks the contract becomes a typed error answer. */
  async function serve<S extends string>(
    message: MessageType<S>,
    answer: (ns: string, agent: string, payload: Uint8Array) => Promise<unknown>,
  ): Promise<void> {
    const handle = async (request: CoreMessage): Promise<Uint8Array> => {
      const { subject, payload } = request;
      const { ns, agent = '' } = (message.parseSubject(subject) ?? {}) as { ns?: string; agent?: string };
      if (ns === undefined)
        throw new ContractError('subject_invalid', `${subject} is not a subject of ${message.type}`);
      const work = inRequestSpan(`parley.${message.type}`, request, () => answer(ns, agent, payload));
      inHand.add(work);
      try {
        return encodeJson(await work);
      } finally {
        inHand.delete(work);
      }
    };
    const server = await bus.serve(message.filter(), handle, { queue: QUEUE });
    servers.push(server);
    stack.use(server);
  }

  async function account(ns: string, run: string | undefined): Promise<unknown> {
    const facts = run === undefined ? undefined : await factsOf(ns, run);
    if (run !== undefined && facts === undefined)
      throw new ContractError('run_unknown', `run ${run} of ${ns} has no log`);
    try {
      return { ...(await ledger.account(ns, run)), limits: facts?.limits ?? config.namespaceLimits[ns] ?? {} };
    } catch (error) {
      if (error instanceof StoreUnavailable) throw new ContractError('unavailable', error.message, { cause: error });
      throw error;
    }
  }

  const relay = startBoardRelay({
    redis,
    log: bus,
    source,
    on: {
      rejected: events.boardRejected,
      interrupted: (error) => events.storeInterrupted('board relay', error),
    },
  });
  stack.use(relay);
  stack.use(
    startUpkeep({
      ...config,
      namespaces: () => redis.run((client) => client.smembers(registryKeys.set)),
      async ofNamespace(ns, mayExpire) {
        const count = await usage.relay(ns, LEFT_OVER_MS);
        if (count > 0) events.usageRelayed(ns, count);
        if (mayExpire) await permits.expire(ns);
        metrics.account(ns, await ledger.account(ns));
      },
      always() {
        leases.sweep();
        health?.setReady(redis.connected, 'Redis is not connected');
        health?.setReady(feed.caughtUp, 'CONTROL is not read to its end');
      },
      failed: (error) => events.storeInterrupted('upkeep', error),
    }),
  );

  await serve(PermitRequest, (ns, agent, payload) => permits.request(ns, agent, PermitRequest.decode(payload)));
  await serve(PermitRenew, (ns, agent, payload) => permits.renew(ns, agent, PermitRenew.decode(payload)));
  await serve(PermitSettle, (ns, agent, payload) => permits.settle(ns, agent, PermitSettle.decode(payload)));
  await serve(QueryLedger, (ns, _agent, payload) => account(ns, QueryLedger.decode(payload).run));

  const owned = stack.move();
  return {
    closed: Promise.race([bus.closed, feed.closed]),
    async drain() {
      await Promise.all(servers.map((server) => server.stop()));
      await Promise.allSettled(inHand);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
