import type { Json, TaskDef } from '@parley/contracts';
import { canonicalJson, digestOf } from '@parley/contracts';
import type { Node } from './state.ts';

/** Outputs of completed tasks that ask for it, by what their work is known by. In a run's state, so both its size and that of an entry are bounded. */
export type Cache = Readonly<Record<string, Json>>;

/** Outputs kept; the oldest goes first. */
export const MAX_CACHED = 500;
/** Longest output that is kept, in characters of JSON. What is longer is a reference to a blob already, or done again. */
export const MAX_CACHED_OUTPUT = 16_384;

/** The same key is the same work: who may do it, and what is asked. */
export const cacheKeyOf = ({ capability, agents }: TaskDef, input: Json): string =>
  digestOf(canonicalJson({ capability, agents: agents?.toSorted() ?? null, input }));

/** The cache after a node has settled. Of the same work done twice at the same time the first output stays. */
export function remembered(cache: Cache | undefined, before: Node | undefined, after: Node): Cache | undefined {
  const key = before !== undefined && 'cacheKey' in before ? before.cacheKey : undefined;
  if (key === undefined || after.status !== 'completed' || !('output' in after) || after.output === undefined)
    return cache;
  if (cache !== undefined && Object.hasOwn(cache, key)) return cache;
  if (JSON.stringify(after.output).length > MAX_CACHED_OUTPUT) return cache;
  const kept = Object.entries(cache ?? {}).slice(-(MAX_CACHED - 1));
  return Object.fromEntries([...kept, [key, after.output]]);
}
