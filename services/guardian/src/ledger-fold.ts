import type { Amount, Body, UsageRecord } from '@parley/contracts';

export type UsageEntry = Body<typeof UsageRecord>;

/** What is spent and what is reserved on top. */
export interface Account {
  readonly spent: Amount;
  readonly reserved: Amount;
}

/** The ledger of a namespace as USAGE tells it. */
export interface FoldedLedger {
  /** Highest version seen. */
  readonly version: number;
  readonly total: Account;
  readonly runs: ReadonlyMap<string, Account>;
  /** Grants without a closing: they count in full until they are closed. */
  readonly open: ReadonlyMap<string, UsageEntry>;
  /** The first closing of each permit. */
  readonly closed: ReadonlyMap<string, UsageEntry>;
  /** The newest grant of each task: who holds it. */
  readonly holders: ReadonlyMap<string, UsageEntry>;
}

interface MutableAccount {
  spent: Amount;
  reserved: Amount;
}

const zero = (): MutableAccount => ({ spent: { tokens: 0, microUsd: 0 }, reserved: { tokens: 0, microUsd: 0 } });

/** A fold of USAGE in progress. Entries may come twice, and a closing before its grant: the first of each kind per permit counts. */
export function startFold(): { add(entry: UsageEntry): void; result(): FoldedLedger } {
  let version = 0;
  const total = zero();
  const runs = new Map<string, MutableAccount>();
  const open = new Map<string, UsageEntry>();
  const closed = new Map<string, UsageEntry>();
  const holders = new Map<string, UsageEntry>();

  function change(run: string, field: 'spent' | 'reserved', { tokens, microUsd }: Amount, sign: 1 | -1): void {
    const account = runs.get(run) ?? zero();
    runs.set(run, account);
    for (const each of [total, account]) {
      each[field] = {
        tokens: each[field].tokens + sign * tokens,
        microUsd: each[field].microUsd + sign * microUsd,
      };
    }
  }

  return {
    add(entry) {
      version = Math.max(version, entry.ledgerVersion);
      const { permit, run, task } = entry;
      if (entry.op === 'granted') {
        const holder = holders.get(task);
        if (holder === undefined || entry.attempt >= holder.attempt) holders.set(task, entry);
        if (open.has(permit) || closed.has(permit)) return;
        open.set(permit, entry);
        change(run, 'reserved', entry.reserved, 1);
        return;
      }
      if (closed.has(permit)) return;
      closed.set(permit, entry);
      const grant = open.get(permit);
      if (grant !== undefined) {
        open.delete(permit);
        change(run, 'reserved', grant.reserved, -1);
      }
      change(run, 'spent', entry.charged, 1);
    },
    result: () => ({ version, total, runs, open, closed, holders }),
  };
}

/** The ledger that these entries add up to. */
export function foldUsage(entries: Iterable<UsageEntry>): FoldedLedger {
  const fold = startFold();
  for (const entry of entries) fold.add(entry);
  return fold.result();
}
