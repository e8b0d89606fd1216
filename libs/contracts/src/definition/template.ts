import { z } from 'zod';
import { Json } from '../json.ts';

/**
 * Data for a step: JSON in which `{ "$from": "/pointer" }` stands for a value of the scope (JSON Pointer, RFC 6901).
 * The scope of a node has `/input` (of the run), `/run` (what it has used: `inputTokens`, `outputTokens`, `microUsd`, `modelCalls`, `steps`),
 * `/previous` (output of the step before), `/steps/{id}` (outputs of earlier steps of the enclosing nodes), and what the enclosing
 * kinds of node give: see the definition of each.
 */
export const Template = Json;

/**
 * A condition or value in CEL (Common Expression Language) over the names of the scope: `steps.check.score >= 0.8`. Numbers of the data are doubles:
 * compare them with anything, but write `1.0` in arithmetic. Checked when the workflow is registered, bounded when evaluated.
 */
export const Expression = z.string().min(1).max(4_000);
export type Expression = z.infer<typeof Expression>;

/** How an award is chosen among proposals. */
export const Criteria = z.union([
  z.enum(['balanced', 'cost', 'quality', 'time']),
  z.strictObject({
    cost: z.number().min(0).max(1).default(0),
    quality: z.number().min(0).max(1).default(0),
    time: z.number().min(0).max(1).default(0),
  }),
]);
export type Criteria = z.infer<typeof Criteria>;
