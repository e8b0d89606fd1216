import type { Json, NodeDef, SwitchDef } from '@parley/contracts';
import { resolveTemplate } from '../template.ts';
import { ask, endedAs, failed, fieldOf } from './outcome.ts';
import type { Pattern, Planned, Step } from './pattern.ts';

/** The case taken; absent while the classifier is asked. −1 is `otherwise`. */
type State = { case?: number; label?: string; confidence?: number };

const OTHERWISE = -1;

/** Takes the first case that holds, or the one that a classifier names. Nothing fits and no `otherwise`: fails as `no_case`. */
export const switchPattern: Pattern<SwitchDef, State> = {
  start: (def, view) => {
    if (def.classify !== undefined) return { state: {} };
    const found = def.cases.findIndex(({ when }) => when !== undefined && view.evaluate(when) === true);
    return take(def, found, {});
  },
  wanted: (def, { state }) => ({
    upTo: (def.classify === undefined ? 0 : 1) + (state.case === undefined ? 0 : 1),
    inFlight: 1,
  }),
  childSettled(def, child) {
    if (child.status !== 'completed' || !isClassifier(def, child.index)) return { settle: endedAs(child) };
    return byLabel(def, child.output);
  },
  childDef: (def, index, planned) =>
    isClassifier(def, index)
      ? ask(`${def.id}-classify`, def.classify, {
          input: { $from: '/asked' },
          labels: def.cases.map(({ label }) => label ?? ''),
        })
      : takenOf(def, planned),
  provide(def, index, tokens, { state, defaultInput, lookup }) {
    if (!isClassifier(def, index)) return tokens[0] === 'decision' ? { value: state, used: 1 } : undefined;
    // What a task in the switch's place would get.
    return tokens[0] === 'asked' ? { value: resolveTemplate(defaultInput, lookup), used: 1 } : undefined;
  },
  defaultInput: () => undefined,
  *parts(def) {
    for (const [i, { node }] of def.cases.entries())
      yield { pointer: `/cases/${i}/node`, def: node, names: ['decision'] };
    if (def.otherwise !== undefined) yield { pointer: '/otherwise', def: def.otherwise, names: ['decision'] };
  },
  *templates({ classify }) {
    if (classify?.input !== undefined) yield { pointer: '/classify/input', template: classify.input, names: ['asked'] };
  },
  *expressions(def) {
    for (const [i, { when }] of def.cases.entries())
      if (when !== undefined) yield { pointer: `/cases/${i}/when`, expression: when, names: [] };
  },
  schemas: () => [],
};

const isClassifier = (def: SwitchDef, index: number): def is SwitchDef & { classify: object } =>
  def.classify !== undefined && index === 0;

function byLabel(def: SwitchDef, answer: Json | undefined): Step<State> {
  const label = fieldOf(answer, 'label') ?? answer;
  const confidence = fieldOf(answer, 'confidence');
  const given: State = {
    ...(typeof label === 'string' ? { label: label.slice(0, 128) } : {}),
    ...(typeof confidence === 'number' ? { confidence } : {}),
  };
  return take(
    def,
    def.cases.findIndex((one) => one.label === label),
    given,
  );
}

function take(def: SwitchDef, found: number, given: State): Step<State> & { state: State } {
  const state = { ...given, case: found };
  if (found !== OTHERWISE || def.otherwise !== undefined) return { state };
  const what = given.label === undefined ? 'no case holds' : `no case has the label ${JSON.stringify(given.label)}`;
  return { state, settle: failed('no_case', `${def.id}: ${what}; add an otherwise`) };
}

function takenOf(def: SwitchDef, { state }: Planned<State>): NodeDef {
  const node = state.case === OTHERWISE ? def.otherwise : def.cases[state.case ?? OTHERWISE]?.node;
  if (node === undefined) throw new Error(`switch ${def.id} has taken nothing`);
  return node;
}
