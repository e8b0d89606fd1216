/** Reads the two clocks a lease is counted by, in milliseconds. */
export interface Clocks {
  monotonic(): number;
  wall(): number;
}

export const systemClocks: Clocks = { monotonic: () => performance.now(), wall: () => Date.now() };

/**
 * Counts a lease from the moment it was asked for. Of the two clocks the one that went further counts: the monotonic one may stand
 * still while the machine sleeps, the wall clock may be set back.
 */
export interface LeaseClock {
  /** Milliseconds left; 0 or less when it lapsed. */
  remainingMs(): number;
  /** Starts again from a moment that `mark` gave. */
  renew(leaseMs: number, asked: Mark): void;
}

export interface Mark {
  readonly monotonic: number;
  readonly wall: number;
}

export const mark = (clocks: Clocks): Mark => ({ monotonic: clocks.monotonic(), wall: clocks.wall() });

export function createLeaseClock(leaseMs: number, asked: Mark, clocks: Clocks = systemClocks): LeaseClock {
  let length = leaseMs;
  let from = asked;
  return {
    remainingMs: () => length - Math.max(clocks.monotonic() - from.monotonic, clocks.wall() - from.wall),
    renew(nextMs, nextAsked) {
      if (nextAsked.monotonic < from.monotonic) return;
      length = nextMs;
      from = nextAsked;
    },
  };
}
