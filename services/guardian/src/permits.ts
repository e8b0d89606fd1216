import { StoreUnavailable } from '@parley/board';
import {
  type Amount,
  type Body,
  ContractError,
  type Limits,
  type PermitRenew,
  type PermitSettle,
} from '@parley/contracts';
import type { z } from 'zod';
import type { ControlFeed } from './control-feed.ts';
import type { ControlState } from './control-state.ts';
import { denialOf, denied, type PermitAsk, type PermitReply, unavailable } from './denial.ts';
import type { GuardianEvents } from './events.ts';
import type { Leases } from './leases.ts';
import type { Ledger } from './ledger.ts';
import type { GuardianMetrics } from './metrics.ts';
import type { NamespaceLimits } from './namespace-limits.ts';
import type { RunFacts } from './run-facts.ts';
import type { UsageLog } from './usage-log.ts';

/** No answer takes longer, whatever is away. */
export const ANSWER_MS = 480;
/** The largest bound of one call, in tokens and in micro-USD: sums of such stay exact. */
export const MAX_BOUND = 1_000_000_000_000;

export type RenewReply = z.infer<NonNullable<(typeof PermitRenew)['reply']>>;
export type SettleReply = z.infer<NonNullable<(typeof PermitSettle)['reply']>>;

export interface PermitsDependencies {
  readonly ledger: Ledger;
  readonly usage: UsageLog;
  readonly leases: Leases;
  readonly control: ControlState;
  readonly feed: Pick<ControlFeed, 'caughtUp'>;
  readonly factsOf: (ns: string, run: string) => Promise<RunFacts | undefined>;
  /** Counts the connections to Redis. */
  readonly connection: () => number;
  readonly namespaceLimits: NamespaceLimits;
  readonly leaseMs: number;
  readonly graceMs: number;
  readonly events: GuardianEvents;
  readonly metrics: GuardianMetrics;
}

/** Gives, renews and ends permits; the only gate to a paid call. */
export interface Permits {
  /** Always answers, within `ANSWER_MS`. Throws `ContractError` on a bound that is nothing or absurd. */
  request(ns: string, agent: string, ask: PermitAsk): Promise<PermitReply>;
  renew(ns: string, agent: string, ask: Body<typeof PermitRenew>): Promise<RenewReply>;
  /** Throws `ContractError` (`unavailable`) when the closing is not known to be on USAGE: settle again. */
  settle(ns: string, agent: string, closing: Body<typeof PermitSettle>): Promise<SettleReply>;
  /** Closes the permits of a namespace that were not settled in time; how many. */
  expire(ns: string): Promise<number>;
}

const NOTHING: Amount = { tokens: 0, microUsd: 0 };
const NO_LIMITS: Limits = {};
const EXPIRE_BATCH = 200;

/**
 * 1. A grant and its USAGE entry exist before the answer; an answer on a connection to Redis other than the grant's is none, as that Redis may be another.
 * 2. Control is looked at before the reservation and again after it: a halt in between releases it.
 * 3. Without Redis, USAGE or the end of CONTROL there is no permit; a renewal alone needs only this guardian's memory.
 */
export function createPermits(dependencies: PermitsDependencies): Permits {
  const {
    ledger,
    usage,
    leases,
    control,
    feed,
    factsOf,
    connection,
    namespaceLimits,
    leaseMs,
    graceMs,
    events,
    metrics,
  } = dependencies;

  async function decide(ns: string, agent: string, ask: PermitAsk): Promise<PermitReply> {
    if (!feed.caughtUp) return unavailable('CONTROL is not read to its end');
    const { run, task, attempt, epoch, instance, operation, model, bound } = ask;
    const facts = await factsOf(ns, run);
    if (facts === undefined) return denied('run_unknown', `run ${run} of ${ns} has no log`);
    const work = { ns, run, agent, workflow: facts.workflow, epoch, startedAt: facts.startedAt };
    const refusal = control.refuse(work);
    if (refusal !== undefined) return denied(refusal.reason, refusal.message);

    const outcome = await ledger.grant({
      ns,
      agent,
      instance,
      operation,
      run,
      task,
      attempt,
      epoch,
      model,
      bound,
      runLimits: facts.limits,
      namespaceLimits: namespaceLimits[ns] ?? NO_LIMITS,
    });
    if (outcome.status !== 'granted') return denialOf(outcome, ask);
    const { permit, entry, outboxId } = outcome;
    await usage.record(ns, entry, outboxId);
    if (connection() !== outcome.connection) return unavailable('Redis was replaced while the permit was given');
    const late = feed.caughtUp ? control.refuse(work) : undefined;
    if (late !== undefined) {
      await end(ns, permit, 'released');
      return denied(late.reason, late.message);
    }
    if (!feed.caughtUp) return unavailable('CONTROL is not read to its end');
    leases.hold(permit, { ns, run, agent, instance });
    return { status: 'granted', permit, leaseMs };
  }

  async function end(ns: string, permit: string, op: 'released' | 'expired', grace = 0): Promise<boolean> {
    const outcome = await ledger.close({
      ns,
      permit,
      op,
      used: NOTHING,
      inputTokens: 0,
      outputTokens: 0,
      graceMs: grace,
    });
    if (outcome.status !== 'closed') return false;
    await usage.record(ns, outcome.entry, outcome.outboxId);
    leases.end(permit);
    if (outcome.outboxId === '') return false;
    metrics.closed(outcome.closing);
    if (outcome.closing === 'expired') {
      const { run, agent } = JSON.parse(outcome.entry) as { run: string; agent: string };
      events.expired({ ns, permit, run, agent, charged: outcome.charged });
    }
    return true;
  }

  return {
    async request(ns, agent, ask) {
      checkBound(ask.bound);
      const started = performance.now();
      const reply = await withinTime(decide(ns, agent, ask)).catch((error: unknown) => {
        const message = messageOf(error);
        if (message === undefined) throw error;
        return unavailable(message);
      });
      const reason = reply.status === 'granted' ? 'none' : reply.reason;
      metrics.permit(reply.status, reason, (performance.now() - started) / 1_000);
      if (reply.status === 'denied') {
        events.denied({ ns, run: ask.run, task: ask.task, agent, reason, message: reply.message });
      }
      return reply;
    },

    async renew(ns, agent, { instance, permits }) {
      if (!feed.caughtUp) throw new ContractError('unavailable', 'CONTROL is not read to its end');
      const facts = await withinTime(Promise.all(permits.map(({ run }) => factsOf(ns, run)))).catch(refuseUnavailable);
      const running = permits.filter((each, i) => {
        const known = facts[i];
        const goesOn =
          control.endsLease({
            ns,
            agent,
            run: each.run,
            workflow: known?.workflow ?? '',
            epoch: each.epoch,
            startedAt: known?.startedAt ?? 0,
          }) === undefined;
        if (!goesOn) leases.end(each.permit);
        return goesOn;
      });
      let alive: Set<string>;
      try {
        alive = await withinTime(ledger.renew({ ns, agent, instance, permits: running }));
        for (const { permit, run } of running) {
          if (alive.has(permit)) leases.hold(permit, { ns, run, agent, instance });
          else leases.end(permit);
        }
      } catch (error) {
        if (messageOf(error) === undefined) throw error;
        const renewed = running.filter(({ permit, run }) => leases.renew(permit, { ns, run, agent, instance }));
        alive = new Set(renewed.map(({ permit }) => permit));
      }
      return { leaseMs, lapsed: permits.filter(({ permit }) => !alive.has(permit)).map(({ permit }) => permit) };
    },

    async settle(ns, agent, { permit, run, outcome: op, used, inputTokens, outputTokens }) {
      try {
        const outcome = await withinTime(
          ledger.close({ ns, permit, op, run, agent, used, inputTokens, outputTokens }).then(async (closed) => {
            if (closed.status === 'closed') await usage.record(ns, closed.entry, closed.outboxId);
            return closed;
          }),
        );
        leases.end(permit);
        if (outcome.status !== 'closed') return { charged: NOTHING, closing: 'unknown' };
        const { charged, reserved, closing } = outcome;
        if (outcome.outboxId !== '') metrics.closed(closing);
        if (
          closing === 'settled' &&
          outcome.outboxId !== '' &&
          (charged.tokens > reserved.tokens || charged.microUsd > reserved.microUsd)
        ) {
          events.overdraw({ ns, permit, agent, reserved, used: charged });
        }
        return { charged, closing };
      } catch (error) {
        return refuseUnavailable(error);
      }
    },

    async expire(ns) {
      const permits = await ledger.lapsed(ns, graceMs, EXPIRE_BATCH);
      const ended = await Promise.all(permits.map((permit) => end(ns, permit, 'expired', graceMs)));
      return ended.filter(Boolean).length;
    },
  };
}

function checkBound({ tokens, microUsd }: Amount): void {
  if (tokens + microUsd === 0)
    throw new ContractError('message_invalid', 'permit.request: /bound: asks for nothing', { field: '/bound' });
  if (Math.max(tokens, microUsd) > MAX_BOUND) {
    throw new ContractError('message_invalid', `permit.request: /bound: more than ${MAX_BOUND} for one call`, {
      field: '/bound',
    });
  }
}

/** What passes by itself, in words; undefined for a bug. */
function messageOf(error: unknown): string | undefined {
  if (error instanceof StoreUnavailable) return error.message;
  return error instanceof Error && error.name === 'BusError' ? `the bus cannot be read: ${error.message}` : undefined;
}

function refuseUnavailable(error: unknown): never {
  const message = messageOf(error);
  throw message === undefined ? error : new ContractError('unavailable', message, { cause: error });
}

/** Gives up waiting after `ANSWER_MS`; what was begun goes on and is found again under its operation. */
async function withinTime<T>(work: Promise<T>): Promise<T> {
  const timeout = Promise.withResolvers<never>();
  const timer = setTimeout(() => timeout.reject(new StoreUnavailable(`no answer within ${ANSWER_MS} ms`)), ANSWER_MS);
  try {
    return await Promise.race([work, timeout.promise]);
  } finally {
    clearTimeout(timer);
  }
}
