import type { Bus } from '@parley/bus';
import { ledgerGenerationKeys, ledgerKeys, REGISTER, type RedisStore, registryKeys } from '@parley/board';
import { UsageRecord } from '@parley/contracts';
import type { GuardianEvents } from './events.ts';
import { type Account, type FoldedLedger, startFold, type UsageEntry } from './ledger-fold.ts';
import { SWITCH } from './ledger-scripts.ts';
import type { UsageLog } from './usage-log.ts';

export const REMEMBER_BINDING_MS = 7 * 24 * 3_600_000;
export const REMEMBER_CLOSED_MS = 24 * 3_600_000;

/** Entries of several guardians are stored a little out of order: the newest version is looked for this far before the end of USAGE. */
const TAIL = 1_000;
const RESTORED_CLOSED = 10_000;
const CHUNK = 500;

/** A ledger that was found to hold everything that USAGE holds. */
export interface CheckedLedger {
  readonly generation: string;
  readonly version: number;
}

export interface LedgerCheck {
  readonly bus: Bus;
  readonly redis: RedisStore;
  readonly usage: UsageLog;
  readonly events: GuardianEvents;
  readonly leaseMs: number;
}

/**
 * Compares the ledger of a namespace with USAGE and rebuilds it when it is missing or older.
 *
 * 1. What waits in the outbox goes to USAGE first, so that the fold has it.
 * 2. A rebuild is laid out under a new generation and put in place by one compare-and-set: concurrent rebuilds and grants cannot mix.
 * 3. Open grants count in full, their leases and bindings run on from now, so that their holders can renew and settle.
 */
export async function checkLedger(ns: string, check: LedgerCheck): Promise<CheckedLedger> {
  const { redis, usage, events, bus } = check;
  const { root } = ledgerKeys(ns);
  await redis.eval(REGISTER, [registryKeys.set, registryKeys.stream], [ns]);
  for (;;) {
    const seen = await redis.run((client) => client.hmget(root, 'generation', 'version'));
    const generation = seen[0] ?? undefined;
    const version = seen[1] ?? undefined;
    const left = await usage.relay(ns, 0);
    if (left > 0) events.usageRelayed(ns, left);
    const newest = await newestVersion(bus, ns);
    if (generation !== undefined && Number(version) >= newest) return { generation, version: Number(version) };

    const fold = startFold();
    for await (const { payload } of bus.read('USAGE', UsageRecord.filter({ ns })))
      fold.add(UsageRecord.decode(payload));
    const ledger = fold.result();
    const next = {
      generation: crypto.randomUUID().slice(0, 13),
      version: Math.max(ledger.version, Number(version ?? 0)),
    };
    await layOut(ns, next.generation, ledger, check);
    const switched = await redis.eval(SWITCH, [root], [generation ?? '', version ?? '', next.generation, next.version]);
    if (switched !== 1) continue;
    if (generation !== undefined || newest > 0) {
      const reason = generation === undefined ? 'missing' : 'older';
      events.ledgerRebuilt({ ns, reason, version: next.version, total: ledger.total, open: ledger.open.size });
    }
    return next;
  }
}

async function newestVersion(bus: Bus, ns: string): Promise<number> {
  const filter = UsageRecord.filter({ ns });
  const last = await bus.last('USAGE', filter);
  if (last === undefined) return 0;
  let newest = 0;
  for await (const { payload } of bus.read('USAGE', filter, Math.max(1, last.sequence - TAIL))) {
    newest = Math.max(newest, UsageRecord.decode(payload).ledgerVersion);
  }
  return newest;
}

async function layOut(
  ns: string,
  generation: string,
  ledger: FoldedLedger,
  { redis, leaseMs }: LedgerCheck,
): Promise<void> {
  const keys = ledgerGenerationKeys(ns, generation);
  const [seconds] = await redis.run((client) => client.time());
  const lease = Number(seconds) * 1_000 + 1_000 + leaseMs;
  const hashes: [key: string, fields: Record<string, string | number>, keepMs?: number][] = [
    [keys.totals, accountFields(ledger.total)],
    ...[...ledger.runs].map(
      ([run, account]) => [keys.run + run, accountFields(account)] as [string, Record<string, number>],
    ),
  ];
  for (const { task, attempt, agent } of ledger.holders.values()) {
    hashes.push([keys.task + task, { attempt, agent, instance: '', lease }, REMEMBER_BINDING_MS]);
  }
  for (const grant of ledger.open.values()) {
    hashes.push([keys.permit + grant.permit, { state: 'open', lease, ...permitFields(keys.task, grant) }]);
  }
  for (const closing of [...ledger.closed.values()].slice(-RESTORED_CLOSED)) {
    const { op, charged } = closing;
    const fields = {
      state: op,
      lease: 0,
      chargedTokens: charged.tokens,
      chargedMicroUsd: charged.microUsd,
      ...permitFields(keys.task, closing),
    };
    hashes.push([keys.permit + closing.permit, fields, REMEMBER_CLOSED_MS]);
  }
  for (let from = 0; from < hashes.length; from += CHUNK) {
    await redis.run((client) =>
      Promise.all(
        hashes.slice(from, from + CHUNK).flatMap(([key, fields, keepMs]) => {
          const written: Promise<unknown>[] = [client.hset(key, fields)];
          if (keepMs !== undefined) written.push(client.pexpire(key, keepMs));
          return written;
        }),
      ),
    );
  }
  const open = [...ledger.open.keys()];
  for (let from = 0; from < open.length; from += CHUNK) {
    const scores = open.slice(from, from + CHUNK).flatMap((permit) => [lease, permit]);
    await redis.run((client) => client.zadd(keys.open, ...scores));
  }
}

const accountFields = ({ spent, reserved }: Account): Record<string, number> => ({
  'spent:tokens': spent.tokens,
  'spent:microUsd': spent.microUsd,
  'reserved:tokens': reserved.tokens,
  'reserved:microUsd': reserved.microUsd,
});

/** Instance and epoch are not on USAGE: empty means whoever of that agent comes first. */
function permitFields(taskPrefix: string, entry: UsageEntry): Record<string, string | number> {
  const { run, task, attempt, agent, reserved } = entry;
  return {
    run,
    attempt,
    agent,
    instance: '',
    epoch: '',
    tokens: reserved.tokens,
    microUsd: reserved.microUsd,
    task: taskPrefix + task,
    facts: factsOf(entry),
    entry: JSON.stringify(entry),
  };
}

/** The members of a usage record that a grant and its closing share, as JSON without braces. */
export function factsOf(
  facts: Pick<UsageEntry, 'permit' | 'run' | 'task' | 'attempt' | 'agent' | 'model' | 'reserved'>,
): string {
  const { permit, run, task, attempt, agent, model, reserved } = facts;
  return JSON.stringify({ permit, run, task, attempt, agent, model, reserved }).slice(1, -1);
}
