import type { LoopDef } from '@parley/contracts';
import { endedAs, failed } from './outcome.ts';
import type { Pattern } from './pattern.ts';

/** One node again and again. It ends when its condition says so; with the rounds used up it fails as `loop_exhausted`, or completes with the last output. */
export const loop: Pattern<LoopDef, { rounds: number }> = {
  start: () => ({ state: { rounds: 1 } }),
  wanted: (_def, { state }) => ({ upTo: state.rounds, inFlight: 1 }),
  childSettled(def, child, view) {
    if (child.status !== 'completed') return { settle: endedAs(child) };
    const last = child.output ?? null;
    const { rounds } = view.state;
    const seen = { last, iteration: rounds };
    const isOver =
      (def.until !== undefined && view.evaluate(def.until, seen) === true) ||
      (def.while !== undefined && view.evaluate(def.while, seen) !== true);
    const isUsedUp = rounds >= def.max;
    const isBare = def.until === undefined && def.while === undefined;
    if (isOver || (isUsedUp && (isBare || def.onMax === 'complete')))
      return { settle: { status: 'completed', output: last } };
    if (isUsedUp)
      return { settle: failed('loop_exhausted', `${def.id} is not over after ${rounds} rounds, its limit`) };
    return { state: { rounds: rounds + 1 } };
  },
  childDef: (def) => def.node,
  provide(_def, index, tokens, scene) {
    if (tokens[0] === 'iteration') return { value: index + 1, used: 1 };
    return tokens[0] === 'last' ? { value: scene.output(index - 1) ?? null, used: 1 } : undefined;
  },
  defaultInput: () => undefined,
  *parts(def) {
    yield { pointer: '/node', def: def.node, names: ['iteration', 'last'] };
  },
  templates: () => [],
  *expressions(def) {
    const names = ['last', 'iteration'];
    if (def.until !== undefined) yield { pointer: '/until', expression: def.until, names };
    if (def.while !== undefined) yield { pointer: '/while', expression: def.while, names };
  },
  schemas: () => [],
};
