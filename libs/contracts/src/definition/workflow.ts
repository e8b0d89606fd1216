import { z } from 'zod';
import { Json } from '../json.ts';
import { Token } from '../tokens.ts';
import { Limits } from './limits.ts';
import { NodeDef } from './node.ts';

/** A workflow: a named tree of nodes. Pinned by the digest of its canonical JSON. */
export const WorkflowDefinition = z.strictObject({
  v: z.literal(1).default(1),
  name: Token,
  description: z.string().max(2_000).optional(),
  root: NodeDef,
  limits: Limits.optional(),
  /** JSON Schema of the run's input. */
  inputSchema: z.record(z.string(), Json).optional(),
});
export type WorkflowDefinition = z.infer<typeof WorkflowDefinition>;
