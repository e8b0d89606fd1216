import { StoreUnavailable } from '@parley/board';
import type { Amount, Body, Control } from '@parley/contracts';
import type { Logger } from '@parley/service';
import type { Account } from './ledger-fold.ts';

/** One call per business event of the guardian. */
export interface GuardianEvents {
  denied(permit: { ns: string; run: string; task: string; agent: string; reason: string; message: string }): void;
  overdraw(permit: { ns: string; permit: string; agent: string; reserved: Amount; used: Amount }): void;
  expired(permit: { ns: string; permit: string; run: string; agent: string; charged: Amount }): void;
  ledgerRebuilt(ledger: {
    ns: string;
    reason: 'missing' | 'older';
    version: number;
    total: Account;
    open: number;
  }): void;
  usageRelayed(ns: string, count: number): void;
  usageRejected(ns: string, id: string, error: unknown): void;
  boardRejected(key: string, error: unknown): void;
  storeInterrupted(what: string, error: unknown): void;
  controlApplied(subject: string, epoch: number, command: Body<typeof Control>): void;
  controlUnreadable(subject: string, epoch: number, error: unknown): void;
  controlUnread(error: unknown): void;
}

/** A fault that goes on is told this often. */
const TELL_AGAIN_MS = 30_000;

/** The events as log lines. */
export function createEvents(log: Logger): GuardianEvents {
  const told = new Map<string, number>();
  return {
    denied: (permit) => log.info({ event: 'permit.denied', ...permit }),
    overdraw: (permit) => log.warn({ event: 'permit.overdraw', ...permit }, 'a call used more than it had reserved'),
    expired: (permit) =>
      log.warn({ event: 'permit.expired', ...permit }, 'a permit was never settled; it is charged in full'),
    ledgerRebuilt: (ledger) => log.warn({ event: 'ledger.rebuilt', ...ledger }),
    usageRelayed: (ns, count) =>
      log.warn({ event: 'usage.relayed', ns, count }, 'usage left over by a crash was stored'),
    usageRejected: (ns, id, err) => log.error({ event: 'usage.rejected', ns, id, err }),
    boardRejected: (key, err) => log.error({ event: 'board.rejected', key, err }),
    storeInterrupted(what, error) {
      const now = performance.now();
      if (now - (told.get(what) ?? -TELL_AGAIN_MS) < TELL_AGAIN_MS) return;
      told.set(what, now);
      // What passes by itself is told without its stack.
      if (error instanceof StoreUnavailable) log.warn({ event: 'guardian.interrupted', what, reason: error.message });
      else log.error({ event: 'guardian.interrupted', what, err: error });
    },
    controlApplied: (subject, epoch, { verb, by, reason }) =>
      log.info({ event: 'control.applied', subject, epoch, verb, by, reason }),
    controlUnreadable: (subject, epoch, err) => log.error({ event: 'control.unreadable', subject, epoch, err }),
    controlUnread: (err) => log.warn({ event: 'control.unread', err }),
  };
}
