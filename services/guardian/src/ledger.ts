import { createHash } from 'node:crypto';
import { ledgerGenerationKeys, ledgerKeys, type Script, StoreUnavailable } from '@parley/board';
import type { Amount, Limits } from '@parley/contracts';
import { checkLedger, factsOf, type LedgerCheck, REMEMBER_BINDING_MS, REMEMBER_CLOSED_MS } from './ledger-check.ts';
import type { Account } from './ledger-fold.ts';
import { CLOSE, GRANT, LAPSED, RENEW } from './ledger-scripts.ts';

export interface GrantAsk {
  readonly ns: string;
  readonly agent: string;
  readonly instance: string;
  readonly operation: string;
  readonly run: string;
  readonly task: string;
  readonly attempt: number;
  readonly epoch: number;
  readonly model: string;
  readonly bound: Amount;
  readonly runLimits: Limits;
  readonly namespaceLimits: Limits;
}

export type GrantOutcome =
  | {
      readonly status: 'granted';
      readonly permit: string;
      readonly entry: string;
      readonly outboxId: string;
      readonly connection: number;
    }
  | { readonly status: 'superseded'; readonly attempt: number; readonly agent: string }
  | { readonly status: 'busy'; readonly forMs: number; readonly agent: string }
  /** The operation was granted before and is over, or was asked with other figures. */
  | { readonly status: 'spent'; readonly state: string }
  | ({ readonly status: 'budget' } & Shortage);

/** Which account is too small for a reservation. */
export interface Shortage {
  readonly scope: 'run' | 'namespace';
  readonly unit: 'tokens' | 'microUsd';
  readonly limit: number;
  readonly spent: number;
  readonly reserved: number;
}

export interface Closing {
  readonly ns: string;
  readonly permit: string;
  readonly op: 'settled' | 'released' | 'expired';
  /** Whose permit it must be; left out by the guardian itself. */
  readonly run?: string;
  readonly agent?: string;
  readonly used: Amount;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly graceMs?: number;
}

export type CloseOutcome =
  | { readonly status: 'unknown' | 'alive' }
  | {
      readonly status: 'closed';
      readonly closing: 'settled' | 'released' | 'expired';
      readonly charged: Amount;
      readonly reserved: Amount;
      readonly entry: string;
      /** Empty when it was closed before. */
      readonly outboxId: string;
    };

export interface RenewAsk {
  readonly ns: string;
  readonly agent: string;
  readonly instance: string;
  readonly permits: readonly { readonly permit: string; readonly run: string; readonly epoch: number }[];
}

/** The accounts of all namespaces, in Redis. Every call throws `StoreUnavailable` when Redis, or USAGE for a check, cannot be used now. */
export interface Ledger {
  grant(ask: GrantAsk): Promise<GrantOutcome>;
  /** The permits that hold on. */
  renew(ask: RenewAsk): Promise<Set<string>>;
  close(closing: Closing): Promise<CloseOutcome>;
  /** Open permits whose lease ended more than `graceMs` ago. */
  lapsed(ns: string, graceMs: number, limit: number): Promise<string[]>;
  account(ns: string, run?: string): Promise<Account>;
  /** Checks the ledger against USAGE where that was not done on this connection. */
  check(ns: string): Promise<void>;
}

interface Checked {
  readonly connection: number;
  readonly done: Promise<{ readonly generation: string; version: number }>;
}

/** The permit of an operation: the same operation of the same agent is the same permit. */
export const permitOf = (ns: string, agent: string, operation: string): string =>
  `p${createHash('sha256').update(`${ns}\n${agent}\n${operation}`).digest('hex').slice(0, 31)}`;

export function createLedger(check: LedgerCheck): Ledger {
  const { redis, leaseMs } = check;
  const checked = new Map<string, Checked>();

  function checkedLedger(ns: string): Checked {
    const known = checked.get(ns);
    if (known?.connection === redis.connection) return known;
    const attempt: Checked = {
      connection: redis.connection,
      done: checkLedger(ns, check).then((ledger) => ({ ...ledger })),
    };
    checked.set(ns, attempt);
    attempt.done.catch(() => {
      if (checked.get(ns) === attempt) checked.delete(ns);
    });
    return attempt;
  }

  /** Runs a script on a checked ledger, checking again when the script finds that it is not the one that was checked. */
  async function evaluate(
    ns: string,
    script: Script,
    keysAndArgs: (generation: ReturnType<typeof ledgerGenerationKeys>) => { keys: string[]; args: (string | number)[] },
  ): Promise<{ reply: (string | number)[]; connection: number; version: (seen: string) => void }> {
    for (let attempt = 0; attempt < 3; attempt++) {
      if (!redis.connected) throw new StoreUnavailable('Redis is not connected');
      const entry = checkedLedger(ns);
      const ledger = await entry.done;
      const { keys, args } = keysAndArgs(ledgerGenerationKeys(ns, ledger.generation));
      const reply = (await redis.eval(
        script,
        [ledgerKeys(ns).root, ...keys],
        [ledger.generation, ledger.version, ...args],
      )) as string[];
      if (reply[0] !== 'unverified') {
        const version = (seen: string): void => {
          ledger.version = Math.max(ledger.version, Number(seen));
        };
        return { reply, connection: entry.connection, version };
      }
      if (checked.get(ns) === entry) checked.delete(ns);
    }
    throw new StoreUnavailable(`the ledger of ${ns} changes too fast`);
  }

  return {
    async grant(ask) {
      const { ns, agent, instance, run, task, attempt, epoch, bound, runLimits, namespaceLimits } = ask;
      const permit = permitOf(ns, agent, ask.operation);
      const facts = factsOf({ permit, run, task, attempt, agent, model: ask.model, reserved: bound });
      const { outbox } = ledgerKeys(ns);
      const { reply, connection, version } = await evaluate(ns, GRANT, (generation) => ({
        keys: [
          generation.totals,
          generation.run + run,
          generation.task + task,
          generation.permit + permit,
          generation.open,
          outbox,
        ],
        args: [
          leaseMs,
          permit,
          run,
          attempt,
          agent,
          instance,
          epoch,
          bound.tokens,
          bound.microUsd,
          runLimits.tokens ?? '',
          runLimits.microUsd ?? '',
          namespaceLimits.tokens ?? '',
          namespaceLimits.microUsd ?? '',
          facts,
          REMEMBER_BINDING_MS,
        ],
      }));
      const [status, ...rest] = reply.map(String);
      const text = (i: number): string => rest[i] ?? '';
      switch (status) {
        case 'granted':
          version(text(2));
          return { status, permit, entry: text(0), outboxId: text(1), connection };
        case 'superseded':
          return { status, attempt: Number(text(0)), agent: text(1) };
        case 'busy':
          return { status, forMs: Math.max(1, Number(text(0))), agent: text(1) };
        case 'closed':
          return { status: 'spent', state: text(0) };
        case 'mismatch':
          return { status: 'spent', state: 'asked with other figures' };
        case 'budget':
          return {
            status,
            scope: text(0) as Shortage['scope'],
            unit: text(1) as Shortage['unit'],
            limit: Number(text(2)),
            spent: Number(text(3)),
            reserved: Number(text(4)),
          };
        default:
          throw new Error(`permit-grant answered ${status}`);
      }
    },

    async renew({ ns, agent, instance, permits }) {
      if (permits.length === 0) return new Set();
      const { reply } = await evaluate(ns, RENEW, (generation) => ({
        keys: [generation.open, ...permits.map(({ permit }) => generation.permit + permit)],
        args: [
          leaseMs,
          agent,
          instance,
          REMEMBER_BINDING_MS,
          ...permits.flatMap(({ permit, run, epoch }) => [permit, run, epoch]),
        ],
      }));
      return new Set(permits.filter((_, i) => reply[i + 1] === 1).map(({ permit }) => permit));
    },

    async close({ ns, permit, op, run = '', agent = '', used, inputTokens, outputTokens, graceMs = 0 }) {
      const { outbox } = ledgerKeys(ns);
      const { reply, version } = await evaluate(ns, CLOSE, (generation) => ({
        keys: [generation.totals, generation.permit + permit, generation.open, outbox],
        args: [
          permit,
          generation.run,
          op,
          run,
          agent,
          used.tokens,
          used.microUsd,
          inputTokens,
          outputTokens,
          graceMs,
          REMEMBER_CLOSED_MS,
        ],
      }));
      const [status, closing, tokens, microUsd, entry, outboxId, seen, reservedTokens, reservedMicroUsd] =
        reply.map(String);
      if (status === 'unknown' || status === 'alive') return { status };
      version(seen ?? '0');
      return {
        status: 'closed',
        closing: closing as 'settled',
        charged: { tokens: Number(tokens), microUsd: Number(microUsd) },
        reserved: { tokens: Number(reservedTokens), microUsd: Number(reservedMicroUsd) },
        entry: entry ?? '',
        outboxId: outboxId ?? '',
      };
    },

    async lapsed(ns, graceMs, limit) {
      const { reply } = await evaluate(ns, LAPSED, (generation) => ({
        keys: [generation.open],
        args: [graceMs, limit],
      }));
      return reply.slice(1).map(String);
    },

    async account(ns, run) {
      if (!redis.connected) throw new StoreUnavailable('Redis is not connected');
      const keys = ledgerGenerationKeys(ns, (await checkedLedger(ns).done).generation);
      const fields = await redis.run((client) =>
        client.hmget(
          run === undefined ? keys.totals : keys.run + run,
          'spent:tokens',
          'spent:microUsd',
          'reserved:tokens',
          'reserved:microUsd',
        ),
      );
      const [spentTokens = 0, spentMicroUsd = 0, tokens = 0, microUsd = 0] = fields.map(Number);
      return { spent: { tokens: spentTokens, microUsd: spentMicroUsd }, reserved: { tokens, microUsd } };
    },

    async check(ns) {
      await checkedLedger(ns).done;
    },
  };
}
