import type { Bus } from '@parley/bus';
import { type RedisStore, StoreUnavailable } from '@parley/board';
import { decodeJson, headersOf, UsageRecord } from '@parley/contracts';
import { ledgerKeys } from '@parley/board';
import type { GuardianEvents } from './events.ts';

const BATCH = 500;

/**
 * The way from the outbox of a ledger to USAGE.
 *
 * Whoever appended an entry stores it before it answers; what a crash left behind is stored by a relay. Both use the same message id, and the fold
 * takes an entry once, so it does not matter how often it is stored. An entry leaves the outbox only after USAGE has it.
 */
export interface UsageLog {
  /** Resolves when USAGE has the entry. Throws `StoreUnavailable`. */
  record(ns: string, entry: string, outboxId: string): Promise<void>;
  /** Stores what has been in the outbox for so long; how many entries that were. */
  relay(ns: string, olderThanMs: number): Promise<number>;
}

interface Pending {
  readonly ns: string;
  readonly message: ReturnType<typeof messageOf>;
  readonly outboxId: string;
  readonly done: PromiseWithResolvers<void>;
}

export function createUsageLog(bus: Bus, redis: RedisStore, source: string, events: GuardianEvents): UsageLog {
  let pending: Pending[] = [];

  async function flush(): Promise<void> {
    const batch = pending;
    pending = [];
    try {
      const results = await bus.store(batch.map(({ message }) => message));
      for (const [i, { done }] of batch.entries()) {
        const result = results[i];
        if (result instanceof Error) done.reject(new StoreUnavailable(`USAGE: ${result.message}`, { cause: result }));
        else done.resolve();
      }
      forget(batch.filter((_, i) => !(results[i] instanceof Error)));
    } catch (error) {
      for (const { done } of batch) done.reject(new StoreUnavailable('USAGE cannot be written', { cause: error }));
    }
  }

  /** Nobody waits for this: what stays in the outbox is stored again by the relay, which changes nothing. */
  function forget(stored: readonly Pending[]): void {
    for (const [ns, entries] of Map.groupBy(stored, (each) => each.ns)) {
      const ids = entries.map(({ outboxId }) => outboxId).filter((id) => id !== '');
      if (ids.length === 0) continue;
      redis
        .run((client) => client.xdel(ledgerKeys(ns).outbox, ...ids))
        .catch((error: unknown) => events.storeInterrupted('usage outbox', error));
    }
  }

  function record(ns: string, entry: string, outboxId: string): Promise<void> {
    const done = Promise.withResolvers<void>();
    if (pending.push({ ns, message: messageOf(ns, entry, source, bus.now()), outboxId, done }) === 1)
      queueMicrotask(() => void flush());
    return done.promise;
  }

  return {
    record,
    async relay(ns, olderThanMs) {
      const { outbox } = ledgerKeys(ns);
      const [seconds, micros] = await redis.run((client) => client.time());
      const until =
        olderThanMs === 0 ? '+' : String(Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000) - olderThanMs);
      let relayed = 0;
      for (;;) {
        const found = await redis.run((client) => client.xrange(outbox, '-', until, 'COUNT', BATCH));
        if (found.length === 0) return relayed;
        await Promise.all(
          found.map(async ([id, fields]) => {
            try {
              messageOf(ns, fields[1] ?? '', source, 0);
            } catch (error) {
              events.usageRejected(ns, id, error);
              return;
            }
            await record(ns, fields[1] as string, '');
          }),
        );
        await redis.run((client) => client.xdel(outbox, ...found.map(([id]) => id)));
        relayed += found.length;
      }
    },
  };
}

function messageOf(ns: string, entry: string, source: string, nowMs: number) {
  const record = UsageRecord.parse(decodeJson(Buffer.from(entry)));
  const id = `usage.${ns}.${record.permit}.${record.op}`;
  return {
    subject: UsageRecord.toSubject({ ns, runId: record.run }),
    payload: UsageRecord.encode(record),
    headers: headersOf(UsageRecord, { id, source, conversation: record.run, attempt: record.attempt }, nowMs),
    id,
  };
}
