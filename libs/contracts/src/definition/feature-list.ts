import { z } from 'zod';
import type { Json } from '../json.ts';
import { base, type BaseDef } from './base.ts';
import { CommandCheck } from './check.ts';
import type { NodeDef } from './node.ts';
import { Template } from './template.ts';

/** What shows that a feature works: a command that the platform runs, a node whose output has `passed: true`, or both, the command first. */
export interface FeatureEvidence {
  command?: CommandCheck | undefined;
  node?: NodeDef | undefined;
}

/**
 * Works a list of features off, one after the other: work, then evidence, at most `attempts` times each. Only evidence that the platform computed marks a feature: a worker whose output claims
 * so itself (`passes`, `passed`, `tested`, `verified`, a `status` of done) is blocked, and so is evidence by who did the work. `work` sees `/feature`, `/feedback` (why the
 * attempt before did not count; null in the first), `/attempt` and `/done` (ids of the features that pass); evidence sees `/candidate` (the work's output) too. Output:
 * `[{ id, passes, attempts, blocked, evidence }]`.
 */
export interface FeatureListDef extends BaseDef {
  kind: 'featureList';
  /** Yields `[{ id, title?, description?, … }]`. */
  features: Json;
  work: NodeDef;
  evidence: FeatureEvidence;
  attempts: number;
  /** `stop`: the first feature without evidence ends the node as `feature_failed`; `skip`: it stays without and the next one begins. */
  onExhausted: 'stop' | 'skip';
  maxFeatures: number;
}

export const featureListDef = (node: z.ZodType<NodeDef>) =>
  z.strictObject({
    ...base,
    kind: z.literal('featureList'),
    features: Template,
    work: node,
    evidence: z
      .strictObject({ command: CommandCheck.optional(), node: node.optional() })
      .refine(
        ({ command, node: judge }) => command !== undefined || judge !== undefined,
        'evidence is a command, a node or both; add one, or no feature can ever pass',
      ),
    attempts: z.int().min(1).max(20).default(2),
    onExhausted: z.enum(['stop', 'skip']).default('stop'),
    maxFeatures: z.int().min(1).max(1_000).default(100),
  });
