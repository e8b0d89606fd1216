import type { ConcurrentDef, Failure, Json } from '@parley/contracts';
import { MAX_NODES } from '@parley/contracts';
import { resolveElement, resolveTemplate } from '../template.ts';
import type { ChildCounts, Outcome } from '../state.ts';
import type { Pattern } from './pattern.ts';

/** Branches of one node that are open at one time, whatever it asks for: all of them can be cancelled in one decision. */
export const MAX_IN_FLIGHT = 2_000;

/** Branches in all; known when the node starts. */
type State = { total: number };

const ITEM: Json = { $from: '/item' };

/** Fan-out over branches, or over the items of an array. The output is the outputs of the completed branches, in branch order. */
export const concurrent: Pattern<ConcurrentDef, State> = {
  start(def, view) {
    if (def.map === undefined) return begin(def, (def.branches ?? []).length);
    const over = resolveTemplate(def.map.over, view.lookup);
    if (!Array.isArray(over)) {
      const what =
        over !== null && typeof over === 'object' && '$blob' in over ? 'a value kept as a blob' : `${typeName(over)}`;
      return rejected('map_not_array', `map needs an array, ${JSON.stringify(def.map.over).slice(0, 200)} is ${what}`);
    }
    if (over.length > MAX_NODES)
      return rejected('limit_exceeded', `map over ${over.length} items; at most ${MAX_NODES}`);
    return begin(def, over.length);
  },
  wanted: (def, { state: { total } }) => ({ upTo: total, inFlight: Math.min(def.maxInFlight, MAX_IN_FLIGHT) }),
  childSettled(def, child, view) {
    const settle = outcomeOf(def, view.state.total, view.counts, child.error);
    if (settle?.status === 'completed') return { settle: { status: 'completed', output: view.outputs() } };
    return settle === undefined ? {} : { settle };
  },
  childDef(def, index) {
    const branch = def.map?.node ?? def.branches?.[index];
    if (branch === undefined) throw new Error(`concurrent ${def.id} has no branch ${index}`);
    return branch;
  },
  provide(def, index, tokens, view) {
    if (def.map === undefined) return undefined;
    if (tokens[0] === 'index') return { value: index, used: 1 };
    if (tokens[0] !== 'item') return undefined;
    const value = resolveElement(def.map.over, index, view.lookup);
    return value === undefined ? undefined : { value, used: 1 };
  },
  defaultInput: (def) => (def.map === undefined ? undefined : ITEM),
  *parts(def) {
    if (def.map !== undefined) yield { pointer: '/map/node', def: def.map.node, names: ['item', 'index'] };
    for (const [i, branch] of (def.branches ?? []).entries())
      yield { pointer: `/branches/${i}`, def: branch, names: [] };
  },
  *templates(def) {
    if (def.map !== undefined) yield { pointer: '/map/over', template: def.map.over, names: [] };
  },
  schemas: () => [],
};

/** Branches that must complete. */
const needed = ({ onFailure }: ConcurrentDef, total: number): number =>
  onFailure === 'all' ? total : onFailure === 'bestEffort' ? 0 : onFailure.quorum;

function begin(def: ConcurrentDef, total: number): { state: State; settle?: Outcome } {
  const state = { total };
  if (total === 0) return { state, settle: { status: 'completed', output: [] } };
  const need = needed(def, total);
  if (need <= total) return { state };
  return rejected('quorum_unreachable', `${need} branches must complete, there are ${total}`, total);
}

/** Fails as soon as too few branches are left; completes when all have settled. */
function outcomeOf(
  def: ConcurrentDef,
  total: number,
  counts: ChildCounts,
  error: Failure | undefined,
): Outcome | undefined {
  const lost = counts.failed + counts.cancelled;
  if (total - lost < needed(def, total))
    return { status: 'failed', error: error ?? failure('branch_cancelled', 'a branch was cancelled') };
  return counts.completed + lost === total ? { status: 'completed' } : undefined;
}

const failure = (code: string, message: string): Failure => ({ code, message, retryable: false });

const rejected = (code: string, message: string, total = 0): { state: State; settle: Outcome } => ({
  state: { total },
  settle: { status: 'failed', error: failure(code, message) },
});

const typeName = (value: Json): string =>
  value === null ? 'null' : typeof value === 'object' ? 'an object' : `a ${typeof value}`;
