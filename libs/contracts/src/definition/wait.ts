import { z } from 'zod';
import { LONGEST_WAIT_MS } from '../human.ts';
import { Token } from '../tokens.ts';
import { base } from './base.ts';
import { Template } from './template.ts';

/**
 * Waits for a time to pass (`ms`), for a moment (`until`: ISO 8601 or milliseconds since 1970), or for an event from outside (`parley signal`). The output is that of the event, else
 * null. An event that came before anything waited for it is kept and taken by the first that does.
 */
export const WaitDef = z
  .strictObject({
    ...base,
    kind: z.literal('wait'),
    ms: z.int().min(0).max(LONGEST_WAIT_MS).optional(),
    until: Template.optional(),
    event: z
      .strictObject({
        name: Token,
        /** Left out, it waits for as long as anything may. */
        timeoutMs: z.int().min(1_000).max(LONGEST_WAIT_MS).default(LONGEST_WAIT_MS),
      })
      .optional(),
    /** No event in time: `fail` as `wait_timeout`, or `continue` with null. */
    onTimeout: z.enum(['fail', 'continue']).default('fail'),
  })
  .refine(({ ms, until, event }) => [ms, until, event].filter((one) => one !== undefined).length === 1, {
    message: 'a wait names exactly one of ms, until and event',
  });
export type WaitDef = z.infer<typeof WaitDef>;
