import { z } from 'zod';
import { Json } from '../json.ts';
import { Token } from '../tokens.ts';
import { base, type BaseDef } from './base.ts';
import type { NodeDef } from './node.ts';
import { Template } from './template.ts';

/**
 * Another workflow as a part of this one: a subtree of the same run. What runs is pinned when this definition is registered: the named workflow is put in here, with its
 * digest, and stays as it is when that name gets a new version. Its nodes see `/input` (the one given here) and `/run`, nothing else of what is around them, and
 * their ids are their own. Its `limits` do not count: those of the run do.
 */
export interface SubworkflowDef extends BaseDef {
  kind: 'subworkflow';
  /** Name of a workflow that is registered in the same namespace. */
  workflow: string;
  /** A version of it; the newest when left out. */
  version?: number | undefined;
  /** Left out: the output of the step before or the item, else the input that this node sees. */
  input?: Json | undefined;
  /** The workflow's own, put in at registration; nodes that are given here are taken as they are. */
  root?: NodeDef | undefined;
  inputSchema?: { [key: string]: Json } | undefined;
  digest?: string | undefined;
}

export const subworkflowDef = (node: z.ZodType<NodeDef>) =>
  z.strictObject({
    ...base,
    kind: z.literal('subworkflow'),
    workflow: Token,
    version: z.int().min(1).optional(),
    input: Template.optional(),
    root: node.optional(),
    inputSchema: z.record(z.string(), Json).optional(),
    digest: z.string().max(128).optional(),
  });
