import type { Json, SequenceDef } from '@parley/contracts';
import { endedAs } from './outcome.ts';
import type { Pattern, Scene, SettledChild, View } from './pattern.ts';

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

/** One step after the other; the output of the last one that was not skipped is the sequence's. A failed step fails the sequence with its error. */
export const sequence: Pattern<SequenceDef, null> = {
  start: () => ({ state: null }),
  wanted: (def) => ({ upTo: def.steps.length, inFlight: 1 }),
  childSettled(def, child, view) {
    if (child.status !== 'completed') {
      return { settle: endedAs(child) };
    }
    const output = outputBefore(child.index + 1, view);
    const isLast = view.counts.completed === def.steps.length;
    if (!isLast && !isEnough(def, child, view)) return {};
    return { settle: { status: 'completed', ...(output === undefined ? {} : { output }) } };
  },
  childDef: (def, index) => stepAt(def, index),
  provide(def, index, tokens, scene) {
    if (tokens[0] === 'previous') {
      const value = outputBefore(index, scene);
      return value === undefined ? undefined : { value, used: 1 };
    }
    if (tokens[0] !== 'steps' || tokens[1] === undefined) return undefined;
    const step = indexOfSteps(def).get(tokens[1]);
    return step !== undefined && step < index ? { value: scene.output(step) ?? null, used: 2 } : undefined;
  },
  defaultInput: (_def, index, scene) => (outputBefore(index, scene) === undefined ? undefined : PREVIOUS),
  *parts(def) {
    const indexOf = indexOfSteps(def);
    for (const [i, step] of def.steps.entries()) {
      yield { pointer: `/steps/${i}`, def: step, names: i > 0 ? ['previous'] : [], steps: { indexOf, before: i } };
    }
  },
  templates: () => [],
  *expressions(def) {
    if (def.stopWhen !== undefined) {
      yield { pointer: '/stopWhen', expression: def.stopWhen, names: ['previous'] };
    }
  },
  schemas: () => [],
};

/** The output of the last step before `index` that was not skipped; undefined when there is none. */
function outputBefore(index: number, scene: Scene<null>): Json | undefined {
  for (let i = index - 1; i >= 0; i--) if (!scene.isSkipped(i)) return scene.output(i) ?? null;
  return undefined;
}

const isEnough = ({ stopWhen }: SequenceDef, { output, skipped }: SettledChild, view: View<null>): boolean =>
  stopWhen !== undefined && skipped === undefined && view.evaluate(stopWhen, { previous: output ?? null }) === true;

function stepAt(def: SequenceDef, index: number): SequenceDef['steps'][number] {
  const step = def.steps[index];
  if (step === undefined) throw new Error(`sequence ${def.id} has no step ${index}`);
  return step;
}
