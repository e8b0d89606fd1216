const FIRST_MS = 250;
const LONGEST_MS = 30_000;

/** Delay before delivery number `deliveries + 1`, in milliseconds: doubling, at most half a minute. */
export const backoffMs = (deliveries: number): number =>
  Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(16, Math.max(0, deliveries - 1)));
