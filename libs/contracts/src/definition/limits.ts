import { z } from 'zod';

/** Largest number of children of one node and of nodes in a definition. */
export const MAX_NODES = 10_000;

/** Upper bounds of what a run may use; absent means unlimited. Tokens count input and output; money in micro-USD (10⁻⁶ USD). */
export const Limits = z.strictObject({
  tokens: z.int().positive().optional(),
  microUsd: z.int().positive().optional(),
});
export type Limits = z.infer<typeof Limits>;
