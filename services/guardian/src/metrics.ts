import type { Metrics } from '@parley/service';
import type { Account } from './ledger-fold.ts';

export type PermitVerdict = 'granted' | 'denied';

/** What the guardian measures. */
export interface GuardianMetrics {
  permit(outcome: PermitVerdict, reason: string, seconds: number): void;
  closed(outcome: string): void;
  /** The newest account of a namespace. */
  account(ns: string, account: Account): void;
}

export const noMetrics: GuardianMetrics = { permit() {}, closed() {}, account() {} };

export function createGuardianMetrics(metrics: Metrics): GuardianMetrics {
  const permits = metrics.counter('parley_permits_total', 'Permit requests by outcome and reason', [
    'outcome',
    'reason',
  ]);
  const closings = metrics.counter('parley_permit_closings_total', 'Permits that ended, by how', ['outcome']);
  const latency = metrics.histogram('parley_permit_duration_seconds', 'Time to answer a permit request', ['outcome']);
  const accounts = new Map<string, Account>();
  const sum = (pick: (account: Account) => number): number =>
    accounts.values().reduce((total, each) => total + pick(each), 0);
  metrics.gauge('parley_ledger_tokens', 'Tokens of all namespaces, spent or reserved', ['kind', 'scope'], (gauge) => {
    gauge.with({ kind: 'spent', scope: 'namespace' }).set(sum(({ spent }) => spent.tokens));
    gauge.with({ kind: 'reserved', scope: 'namespace' }).set(sum(({ reserved }) => reserved.tokens));
  });
  metrics.gauge(
    'parley_ledger_micro_usd',
    'Micro-USD of all namespaces, spent or reserved',
    ['kind', 'scope'],
    (gauge) => {
      gauge.with({ kind: 'spent', scope: 'namespace' }).set(sum(({ spent }) => spent.microUsd));
      gauge.with({ kind: 'reserved', scope: 'namespace' }).set(sum(({ reserved }) => reserved.microUsd));
    },
  );
  return {
    permit(outcome, reason, seconds) {
      permits.with({ outcome, reason }).inc();
      latency.with({ outcome }).observe(seconds);
    },
    closed: (outcome) => closings.with({ outcome }).inc(),
    account: (ns, account) => void accounts.set(ns, account),
  };
}
