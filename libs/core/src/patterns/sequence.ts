import type { Json, SequenceDef } from '@parley/contracts';
import type { Pattern } from './pattern.ts';

const stepIndex = new WeakMap<SequenceDef, ReadonlyMap<string, number>>();

/** Positions of the steps by id, computed once per definition. */
function indexOfSteps(def: SequenceDef): ReadonlyMap<string, number> {
  let index = stepIndex.get(def);
  if (index === undefined) {
    index = new Map(def.steps.map(({ id }, i) => [id, i]));
    stepIndex.set(def, index);
  }
  return index;
}

const PREVIOUS: Json = { $from: '/previous' };

/** One step after the other; the output of the last is the sequence's. A failed step fails the sequence with its error. */
export const sequence: Pattern<SequenceDef, null> = {
  start: () => ({ state: null }),
  wanted: (def) => ({ upTo: def.steps.length, inFlight: 1 }),
  childSettled(def, child, view) {
    if (child.status === 'completed') {
      if (view.counts.completed < def.steps.length) return {};
      return { settle: { status: 'completed', output: child.output ?? null } };
    }
    return { settle: { status: child.status, ...(child.error === undefined ? {} : { error: child.error }) } };
  },
  childDef: (def, _state, index) => stepAt(def, index),
  provide(def, index, tokens, view) {
    if (tokens[0] === 'previous' && index > 0) return { value: view.output(index - 1) ?? null, used: 1 };
    if (tokens[0] !== 'steps' || tokens[1] === undefined) return undefined;
    const step = indexOfSteps(def).get(tokens[1]);
    return step !== undefined && step < index ? { value: view.output(step) ?? null, used: 2 } : undefined;
  },
  defaultInput: (_def, index) => (index > 0 ? PREVIOUS : undefined),
  *parts(def) {
    const indexOf = indexOfSteps(def);
    for (const [i, step] of def.steps.entries()) {
      yield { pointer: `/steps/${i}`, def: step, names: i > 0 ? ['previous'] : [], steps: { indexOf, before: i } };
    }
  },
  templates: () => [],
  schemas: () => [],
};

function stepAt(def: SequenceDef, index: number): SequenceDef['steps'][number] {
  const step = def.steps[index];
  if (step === undefined) throw new Error(`sequence ${def.id} has no step ${index}`);
  return step;
}
