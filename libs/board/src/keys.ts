/** Number of board outboxes of a namespace; part of the stored format. */
export const BOARD_SHARDS = 4;

const tagOf = (ns: string): string => `{parley:${ns}}`;

/** The namespaces that have data in this Redis: a set, and a stream that announces each once. */
export const registryKeys = { set: '{parley:registry}:namespaces', stream: '{parley:registry}:announced' } as const;

/** The keys of one board. All keys of a namespace share one hash tag, so that a script may touch them together. */
export function boardKeys(ns: string, board: string) {
  const base = `${tagOf(ns)}:board:${board}`;
  return {
    /** Hash: generation, counter. */
    meta: `${base}:meta`,
    /** Hash: `region.key` → revision, expiry, entry. */
    entries: `${base}:entries`,
    /** Where a rebuild collects entries before they replace the old ones. */
    staging: (id: string) => `${base}:staging:${id}`,
    /** String: the revision that an operation wrote. */
    operation: (id: string) => `${base}:op:${id}`,
    outbox: boardOutboxKey(ns, shardOf(board)),
  } as const;
}

/** The stream of changes of all boards of one shard that are not on BOARD yet. */
export const boardOutboxKey = (ns: string, shard: number): string => `${tagOf(ns)}:outbox:board:${shard}`;

/** The shard of a board: FNV-1a over its name. */
export function shardOf(board: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < board.length; i++) hash = Math.imul(hash ^ board.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % BOARD_SHARDS;
}

/** The root of a namespace's ledger (hash: generation, version) and its outbox; they outlive a rebuild. */
export const ledgerKeys = (ns: string) =>
  ({ root: `${tagOf(ns)}:ledger`, outbox: `${tagOf(ns)}:outbox:usage` }) as const;

/** The keys of one generation of a namespace's ledger; a rebuild starts a new one beside the old. */
export function ledgerGenerationKeys(ns: string, generation: string) {
  const base = `${tagOf(ns)}:ledger:${generation}`;
  return {
    /** Hash: spent and reserved of the namespace. */
    totals: `${base}:totals`,
    /** Prefix of hashes: spent and reserved of a run. */
    run: `${base}:run:`,
    /** Prefix of hashes: who holds a task. */
    task: `${base}:task:`,
    /** Prefix of hashes: a permit. */
    permit: `${base}:permit:`,
    /** Sorted set: open permits by the end of their lease. */
    open: `${base}:open`,
  } as const;
}
