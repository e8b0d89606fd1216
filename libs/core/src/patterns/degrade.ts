import type { DegradeDef, DegradeLevel } from '@parley/contracts';
import { endedAs, failed } from './outcome.ts';
import type { Pattern, View } from './pattern.ts';

/** `levels`: the level of each child, best first; `error`: why the one before failed. */
type State = { levels: number[]; error: { code: string; message: string } | null };

const MAX_MESSAGE = 500;

/** The best level that can be had, then the next when it fails. No level may be tried at all: fails as `no_level`. */
export const degrade: Pattern<DegradeDef, State> = {
  start(def, view) {
    const first = nextLevel(def, 0, view);
    if (first === undefined)
      return { state: { levels: [], error: null }, settle: failed('no_level', `${def.id}: no level holds`) };
    return { state: { levels: [first], error: null } };
  },
  wanted: (_def, { state }) => ({ upTo: state.levels.length, inFlight: 1 }),
  childSettled(def, child, view) {
    const { levels } = view.state;
    const level = levels[child.index] ?? 0;
    if (child.status === 'completed') {
      const { name } = levelAt(def, level);
      return {
        settle: { status: 'completed', output: { level: name, degraded: level > 0, output: child.output ?? null } },
      };
    }
    const next = child.status === 'failed' ? nextLevel(def, level + 1, view) : undefined;
    if (next === undefined) return { settle: endedAs(child) };
    const { code = 'failed', message = '' } = child.error ?? {};
    return { state: { levels: [...levels, next], error: { code, message: message.slice(0, MAX_MESSAGE) } } };
  },
  childDef: (def, index, { state }) => levelAt(def, state.levels[index]).node,
  provide(def, index, tokens, { state }) {
    if (tokens[0] === 'level') return { value: levelAt(def, state.levels[index]).name, used: 1 };
    return tokens[0] === 'error' && index > 0 ? { value: state.error, used: 1 } : undefined;
  },
  defaultInput: () => undefined,
  *parts(def) {
    for (const [i, { node }] of def.levels.entries())
      yield { pointer: `/levels/${i}/node`, def: node, names: i === 0 ? ['level'] : ['level', 'error'] };
  },
  templates: () => [],
  *expressions(def) {
    for (const [i, { when }] of def.levels.entries())
      if (when !== undefined) yield { pointer: `/levels/${i}/when`, expression: when, names: [] };
  },
  schemas: () => [],
};

function nextLevel({ levels }: DegradeDef, from: number, view: Pick<View<State>, 'evaluate'>): number | undefined {
  const found = levels.findIndex(({ when }, i) => i >= from && (when === undefined || view.evaluate(when) === true));
  return found < 0 ? undefined : found;
}

function levelAt(def: DegradeDef, level: number | undefined): DegradeLevel {
  const found = def.levels[level ?? -1];
  if (found === undefined) throw new Error(`degrade ${def.id} has no level ${level}`);
  return found;
}
