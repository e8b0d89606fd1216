/** A permit as the guardian that granted it remembers it. */
export interface Lease {
  readonly ns: string;
  readonly run: string;
  readonly agent: string;
  readonly instance: string;
}

/**
 * The leases that this guardian granted or renewed, by the monotonic clock: with them it can renew while Redis is away, when nobody can get a new permit.
 */
export interface Leases {
  hold(permit: string, lease: Lease): void;
  /** True when the lease is known, has not ended and is this holder's; it then runs on from now. */
  renew(permit: string, holder: Lease): boolean;
  end(permit: string): void;
  /** Forgets what ended by itself. */
  sweep(): void;
  readonly size: number;
}

export function createLeases(leaseMs: number, now: () => number = () => performance.now()): Leases {
  const held = new Map<string, Lease & { until: number }>();
  return {
    hold: (permit, lease) => void held.set(permit, { ...lease, until: now() + leaseMs }),
    renew(permit, holder) {
      const lease = held.get(permit);
      if (lease === undefined || lease.until <= now()) return false;
      if (
        lease.ns !== holder.ns ||
        lease.run !== holder.run ||
        lease.agent !== holder.agent ||
        lease.instance !== holder.instance
      )
        return false;
      lease.until = now() + leaseMs;
      return true;
    },
    end: (permit) => void held.delete(permit),
    sweep() {
      for (const [permit, { until }] of held) if (until <= now()) held.delete(permit);
    },
    get size() {
      return held.size;
    },
  };
}
