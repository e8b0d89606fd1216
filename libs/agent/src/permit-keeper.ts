import type { Bus } from '@parley/bus';
import { type Body, PermitRenew, PermitSettle } from '@parley/contracts';
import type { AgentLog } from './agent-log.ts';
import { type Clocks, createLeaseClock, type LeaseClock, mark, type Mark } from './lease-clock.ts';
import { parseReply } from './parse-reply.ts';
import { traceHeaders } from './trace-headers.ts';
import { backoffMs, wait } from './wait.ts';

/** The lease of a permit passed without a renewal: the call it covered must not go on. */
export class LeaseLapsed extends Error {
  override readonly name = 'LeaseLapsed';
}

export interface HeldPermit {
  readonly permit: string;
  readonly run: string;
  /** Aborts with `LeaseLapsed` when the lease passes. */
  readonly signal: AbortSignal;
  /** Milliseconds left; to be checked right before the call. */
  remainingMs(): number;
  /** Ends the permit, in the background until answered or given up (it then expires and is charged in full). */
  close(closing: Pick<Body<typeof PermitSettle>, 'outcome' | 'used' | 'inputTokens' | 'outputTokens'>): void;
}

/** Keeps all permits of one instance alive with one renewal message. */
export interface PermitKeeper extends AsyncDisposable {
  hold(grant: { permit: string; run: string; epoch: number; leaseMs: number; asked: Mark }): HeldPermit;
  /** Does not end before this has, so that a grant that nobody waits for any more is still given back. */
  keepOpenFor(late: Promise<void>): void;
}

interface Held {
  readonly permit: string;
  readonly run: string;
  readonly epoch: number;
  readonly clock: LeaseClock;
  readonly controller: AbortController;
}

const RENEWALS_PER_LEASE = 3;
/** Lapse is noticed at the latest this long after it. */
const WATCH_MS = 100;
const SETTLE_TIMEOUT_MS = 2_000;
const SETTLE_FOR_MS = 60_000;

export interface PermitKeeperOptions {
  readonly bus: Bus;
  readonly ns: string;
  readonly agent: string;
  readonly instance: string;
  readonly clocks: Clocks;
  readonly log: AgentLog;
}

export function createPermitKeeper({ bus, ns, agent, instance, clocks, log }: PermitKeeperOptions): PermitKeeper {
  const held = new Map<string, Held>();
  const closings = new Set<Promise<void>>();
  let timer: NodeJS.Timeout | undefined;
  let leaseMs = 2_000;
  let renewedAt = Number.NEGATIVE_INFINITY;

  async function renew(): Promise<void> {
    const asked = mark(clocks);
    const permits = [...held.values()].map(({ permit, run, epoch }) => ({ permit, run, epoch }));
    const message = {
      subject: PermitRenew.toSubject({ ns, agent }),
      payload: PermitRenew.encode({ instance, permits }),
    };
    const answer = await bus.request(message, { timeoutMs: Math.ceil(leaseMs / RENEWALS_PER_LEASE) });
    const { lapsed, leaseMs: next } = parseReply(PermitRenew, answer.payload);
    leaseMs = next;
    for (const { permit } of permits) if (!lapsed.includes(permit)) held.get(permit)?.clock.renew(next, asked);
    for (const permit of lapsed) held.get(permit)?.controller.abort(new LeaseLapsed(`permit ${permit} lapsed`));
  }

  function watch(): void {
    for (const { permit, clock, controller } of held.values()) {
      if (clock.remainingMs() <= 0 && !controller.signal.aborted) {
        log.warn({ event: 'permit.lapsed', permit });
        controller.abort(new LeaseLapsed(`permit ${permit} was not renewed in time`));
      }
    }
    if (clocks.monotonic() - renewedAt < leaseMs / RENEWALS_PER_LEASE) return;
    renewedAt = clocks.monotonic();
    renew().catch((err: unknown) => log.warn({ event: 'permit.renewal_failed', err }));
  }

  function release(permit: string): void {
    held.delete(permit);
    if (held.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  }

  async function settle(body: Body<typeof PermitSettle>): Promise<void> {
    const message = {
      subject: PermitSettle.toSubject({ ns, agent }),
      payload: PermitSettle.encode(body),
      headers: traceHeaders(),
    };
    const until = clocks.monotonic() + SETTLE_FOR_MS;
    for (let attempt = 1; clocks.monotonic() < until; attempt++) {
      try {
        await bus.request(message, { timeoutMs: SETTLE_TIMEOUT_MS });
        return;
      } catch (err) {
        if (bus.status === 'closed') break;
        log.warn({ event: 'permit.settle_unanswered', permit: body.permit, attempt, err });
        await wait(backoffMs(attempt, 100, 5_000));
      }
    }
    log.error({ event: 'permit.settle_given_up', permit: body.permit });
  }

  return {
    hold({ permit, run, epoch, leaseMs: granted, asked }) {
      const controller = new AbortController();
      const clock = createLeaseClock(granted, asked, clocks);
      leaseMs = granted;
      if (held.size === 0) renewedAt = asked.monotonic;
      held.set(permit, { permit, run, epoch, clock, controller });
      timer ??= setInterval(watch, WATCH_MS);
      return {
        permit,
        run,
        signal: controller.signal,
        remainingMs: () => clock.remainingMs(),
        close(closing) {
          const settling = settle({ permit, run, ...closing }).finally(() => {
            release(permit);
            closings.delete(settling);
          });
          closings.add(settling);
        },
      };
    },
    keepOpenFor(late) {
      const pending = late
        .catch((err: unknown) => log.warn({ event: 'permit.late_grant_lost', err }))
        .finally(() => closings.delete(pending));
      closings.add(pending);
    },
    async [Symbol.asyncDispose]() {
      while (closings.size > 0) await Promise.allSettled(closings);
      clearInterval(timer);
    },
  };
}
