import type { ConcurrentDef, Failure, Json } from '@parley/contracts';
import { MAX_NODES } from '@parley/contracts';
import { resolveElement, resolveTemplate } from '../template.ts';
import type { ChildCounts, Outcome } from '../state.ts';
import { type Branch, mergeOf } from './merge.ts';
import { mergeProblems } from './merge-problems.ts';
import { ask, endedAs, failed } from './outcome.ts';
import type { Pattern, SettledChild, View } from './pattern.ts';

/** Branches of one node that are open at one time, whatever it asks for: all of them can be cancelled in one decision. */
export const MAX_IN_FLIGHT = 2_000;

/** Branches in all; known when the node starts. `synthesis`: the child that puts the outputs together. */
type State = { total: number; synthesis?: number };

const ITEM: Json = { $from: '/item' };

/**
 * Fan-out over branches, or over the items of an array. The output is what `merge` makes of the outputs of the completed branches, in branch order. With
 * `enough` it is made before all have settled; what is still open is cancelled when the node settles.
 */
export const concurrent: Pattern<ConcurrentDef, State> = {
  start(def, view) {
    if (def.map === undefined) return begin(def, (def.branches ?? []).length, view);
    const over = resolveTemplate(def.map.over, view.lookup);
    if (!Array.isArray(over)) {
      const what =
        over !== null && typeof over === 'object' && '$blob' in over ? 'a value kept as a blob' : `${typeName(over)}`;
      return rejected('map_not_array', `map needs an array, ${JSON.stringify(def.map.over).slice(0, 200)} is ${what}`);
    }
    if (over.length > MAX_NODES)
      return rejected('limit_exceeded', `map over ${over.length} items; at most ${MAX_NODES}`);
    return begin(def, over.length, view);
  },
  wanted(def, { state: { total, synthesis } }) {
    if (synthesis !== undefined) return { upTo: synthesis + 1, inFlight: MAX_IN_FLIGHT + 1 };
    return { upTo: total, inFlight: Math.min(def.maxInFlight, MAX_IN_FLIGHT) };
  },
  childSettled(def, child, view) {
    const { total, synthesis } = view.state;
    if (synthesis !== undefined) return child.index === synthesis ? { settle: endedAs(child) } : {};
    const settle = outcomeOf(def, total, view.counts, child.error);
    if (settle?.status === 'failed') return { settle };
    if (settle === undefined && !isEnough(def, child, view)) return {};
    if (def.merge.by === 'synthesis') return { state: { total, synthesis: view.counts.started } };
    return { settle: mergeOf(def.merge, completedOf(def, view), view) };
  },
  childDef(def, index, { state }) {
    if (def.merge.by === 'synthesis' && index === state.synthesis) {
      return ask(`${def.id}-synthesis`, def.merge.ask, { outputs: { $from: '/outputs' } });
    }
    const branch = def.map?.node ?? def.branches?.[index];
    if (branch === undefined) throw new Error(`concurrent ${def.id} has no branch ${index}`);
    return branch;
  },
  provide(def, index, tokens, view) {
    if (index === view.state.synthesis) return tokens[0] === 'outputs' ? { value: view.outputs(), used: 1 } : undefined;
    if (def.map === undefined) return undefined;
    if (tokens[0] === 'index') return { value: index, used: 1 };
    if (tokens[0] !== 'item') return undefined;
    const value = resolveElement(def.map.over, index, view.lookup);
    return value === undefined ? undefined : { value, used: 1 };
  },
  defaultInput: (def, index, { state }) => (def.map === undefined || index === state.synthesis ? undefined : ITEM),
  *parts(def) {
    if (def.map !== undefined) yield { pointer: '/map/node', def: def.map.node, names: ['item', 'index'] };
    for (const [i, branch] of (def.branches ?? []).entries())
      yield { pointer: `/branches/${i}`, def: branch, names: [] };
  },
  *templates(def) {
    if (def.map !== undefined) yield { pointer: '/map/over', template: def.map.over, names: [] };
    if (def.merge.by === 'synthesis' && def.merge.ask.input !== undefined) {
      yield { pointer: '/merge/ask/input', template: def.merge.ask.input, names: ['outputs'] };
    }
  },
  *expressions(def) {
    if (def.merge.by === 'custom') {
      yield { pointer: '/merge/expression', expression: def.merge.expression, names: ['outputs'] };
    }
    const when = def.enough?.when;
    if (when !== undefined) yield { pointer: '/enough/when', expression: when, names: ['outputs', 'last'] };
  },
  schemas: () => [],
  problems: mergeProblems,
};

/** Enough branches have completed before all have settled. */
function isEnough({ enough }: ConcurrentDef, { status, output }: SettledChild, view: View<State>): boolean {
  if (enough === undefined || status !== 'completed') return false;
  if (enough.count !== undefined && view.counts.completed >= enough.count) return true;
  return (
    enough.when !== undefined && view.evaluate(enough.when, { outputs: view.outputs(), last: output ?? null }) === true
  );
}

function completedOf(def: ConcurrentDef, view: View<State>): Branch[] {
  const branches: Branch[] = [];
  for (let i = 0; i < view.counts.started; i++) {
    const output = view.output(i);
    if (output !== undefined) branches.push({ id: def.branches?.[i]?.id, output });
  }
  return branches;
}

/** Branches that must complete. */
const needed = ({ onFailure }: ConcurrentDef, total: number): number =>
  onFailure === 'all' ? total : onFailure === 'bestEffort' ? 0 : onFailure.quorum;

function begin(def: ConcurrentDef, total: number, view: View<null>): { state: State; settle?: Outcome } {
  const state = { total };
  if (total === 0) return { state, settle: mergeOf(def.merge, [], view) };
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
    return {
      status: 'failed',
      error: error ?? (failed('branch_cancelled', 'a branch was cancelled').error as Failure),
    };
  return counts.completed + lost === total ? { status: 'completed' } : undefined;
}

const rejected = (code: string, message: string, total = 0): { state: State; settle: Outcome } => ({
  state: { total },
  settle: failed(code, message),
});

const typeName = (value: Json): string =>
  value === null ? 'null' : typeof value === 'object' ? 'an object' : `a ${typeof value}`;
