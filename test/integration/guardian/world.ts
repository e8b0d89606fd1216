import { connectRedis, type RedisStore } from '@parley/board';
import { type Bus, connectBus } from '@parley/bus';
import {
  type Body,
  Control,
  decodeJson,
  encodeJson,
  headersOf,
  type Limits,
  partitionOf,
  PermitRenew,
  PermitRequest,
  PermitSettle,
  QueryLedger,
  RunDecision,
  sealDecision,
  UsageRecord,
} from '@parley/contracts';
import {
  foldUsage,
  type FoldedLedger,
  type Guardian,
  type GuardianConfig,
  startGuardian,
  type UsageEntry,
} from '@parley/guardian';
import { createLogger } from '@parley/service';
import { testNamespace } from '@parley/testing';
import type { z } from 'zod';

export type PermitReply = z.infer<NonNullable<typeof PermitRequest.reply>>;
type Ask = Partial<Body<typeof PermitRequest>> & { agent?: string };

/** One namespace on real servers, with what an agent and a conductor would say. */
export interface World extends AsyncDisposable {
  readonly ns: string;
  readonly bus: Bus;
  readonly redis: RedisStore;
  /** Starts a guardian in place of the one before, or beside it. */
  guardian(
    config?: Partial<GuardianConfig>,
    options?: { bus?: Bus; redis?: RedisStore; beside?: boolean },
  ): Promise<Guardian>;
  /** Writes the first decision of a run. */
  run(limits?: Limits): Promise<string>;
  ask(run: string, ask?: Ask): Promise<PermitReply>;
  /** Asks until the ledger has spoken: on a busy machine a guardian fails closed for a moment, as it should. */
  askUntilDecided(run: string, ask?: Ask): Promise<PermitReply>;
  granted(run: string, ask?: Ask): Promise<string>;
  settle(
    run: string,
    permit: string,
    tokens: number,
    change?: Partial<Body<typeof PermitSettle>> & { agent?: string },
  ): Promise<z.infer<NonNullable<typeof PermitSettle.reply>>>;
  renew(
    run: string,
    permits: string[],
    change?: { agent?: string; instance?: string; epoch?: number },
  ): Promise<z.infer<NonNullable<typeof PermitRenew.reply>>>;
  account(run?: string): Promise<z.infer<NonNullable<typeof QueryLedger.reply>>>;
  control(verb: 'halt' | 'pause' | 'resume', scope: string, id: string): Promise<number>;
  usage(): Promise<UsageEntry[]>;
  folded(): Promise<FoldedLedger>;
}

export const bound = (tokens: number) => ({ tokens, microUsd: tokens });

export async function openWorld(natsUrl: string, redisUrl: string): Promise<World> {
  const ns = testNamespace();
  const stack = new AsyncDisposableStack();
  const bus = stack.use(await connectBus({ url: natsUrl, name: 'guardian-test', topology: 'ensure' }));
  const redis = stack.use(connectRedis(redisUrl, { role: 'command' }));
  await redis.waitUntilReady(5_000);

  async function request<T>(subject: string, body: unknown): Promise<T> {
    const message = { subject, payload: encodeJson(body) };
    return decodeJson((await bus.request(message, { timeoutMs: 5_000 })).payload) as T;
  }

  let current: Guardian | undefined;
  const world: World = {
    ns,
    bus,
    redis,
    async guardian(config, options = {}) {
      if (options.beside !== true) await current?.[Symbol.asyncDispose]();
      const guardian = await startGuardian({
        bus: options.bus ?? bus,
        redis: options.redis ?? redis,
        config: { namespaceLimits: {}, leaseMs: 2_000, graceMs: 30_000, ...config },
        log: createLogger({ service: 'guardian', instance: 'test', level: 'silent' }),
      });
      stack.use(guardian);
      current = guardian;
      return guardian;
    },
    async run(limits = {}) {
      const run = `r${crypto.randomUUID().replaceAll('-', '').slice(0, 24)}`;
      const started = { type: 'RunStarted', workflow: 'research', digest: 'd', input: null, limits } as const;
      const { payload } = sealDecision({ v: 1, run, n: 1, prev: '', at: Date.now(), causes: [], events: [started] });
      const subject = RunDecision.toSubject({ ns, partition: partitionOf(run), runId: run });
      await bus.storeOne({
        subject,
        payload,
        id: `${run}.1`,
        headers: headersOf(RunDecision, { id: `${run}.1`, source: '/test' }, Date.now()),
      });
      return run;
    },
    ask(run, { agent = 'writer', ...ask } = {}) {
      return request(PermitRequest.toSubject({ ns, agent }), {
        operation: crypto.randomUUID(),
        run,
        task: `${run}-0`,
        attempt: 1,
        epoch: 0,
        instance: 'i1',
        model: 'sim',
        bound: bound(10),
        ...ask,
      });
    },
    async askUntilDecided(run, ask) {
      // The same operation: what was reserved without an answer is not reserved twice.
      const operation = crypto.randomUUID();
      for (;;) {
        const reply = await world.ask(run, { operation, ...ask });
        if (reply.status === 'granted' || reply.reason !== 'unavailable') return reply;
        await new Promise((resolve) => setTimeout(resolve, reply.retryAfterMs ?? 50));
      }
    },
    async granted(run, ask) {
      const reply = await world.ask(run, ask);
      if (reply.status !== 'granted') throw new Error(`denied: ${reply.reason}: ${reply.message}`);
      return reply.permit;
    },
    settle: (run, permit, tokens, { agent = 'writer', ...change } = {}) =>
      request(PermitSettle.toSubject({ ns, agent }), {
        permit,
        run,
        outcome: 'settled',
        used: bound(tokens),
        inputTokens: tokens,
        outputTokens: 0,
        ...change,
      }),
    renew: (run, permits, { agent = 'writer', instance = 'i1', epoch = 0 } = {}) =>
      request(PermitRenew.toSubject({ ns, agent }), {
        instance,
        permits: permits.map((permit) => ({ permit, run, epoch })),
      }),
    account: (run) => request(QueryLedger.toSubject({ ns }), run === undefined ? {} : { run }),
    async control(verb, scope, id) {
      const message = {
        subject: Control.toSubject({ scope, ns, id }),
        payload: Control.encode({ verb, by: 'test', reason: 'test' }),
      };
      return (await bus.storeOne({ ...message, id: crypto.randomUUID() })).sequence;
    },
    async usage() {
      const entries: UsageEntry[] = [];
      for await (const { payload } of bus.read('USAGE', UsageRecord.filter({ ns })))
        entries.push(UsageRecord.decode(payload));
      return entries;
    },
    folded: async () => foldUsage(await world.usage()),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
  return world;
}
