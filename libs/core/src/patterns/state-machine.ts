import type { Json, MachineState, StateMachineDef, Transition } from '@parley/contracts';
import { machineProblems } from './machine-problems.ts';
import { endedAs, failed } from './outcome.ts';
import type { Pattern, Scene, Step, View } from './pattern.ts';

type State = {
  now: string;
  transitions: number;
  /** How often each state was entered, and each bounded edge taken (`state/index`). Both have a fixed number of keys. */
  visits: { [state: string]: number };
  taken: { [edge: string]: number };
  /** Why the last gate refused, or what failed before. */
  feedback: string | null;
  /** Child whose output is the newest; −1 before the first. */
  last: number;
};

const MAX_FEEDBACK = 2_000;

/**
 * A machine of named states. Each state's node is a child; after it, the first edge that holds, has uses left and lets the output through its gate is taken. States without
 * a node are passed at once. It ends in a `final` state, as `no_transition` when no edge can be taken, or as `transitions_exhausted`.
 */
export const stateMachine: Pattern<StateMachineDef, State> = {
  start: (def, view) =>
    enter(def, { now: def.initial, transitions: 0, visits: {}, taken: {}, feedback: null, last: -1 }, null, view),
  wanted: (_def, { plannedCount }) => ({ upTo: plannedCount, inFlight: 1 }),
  childSettled(def, child, view) {
    const { state } = view;
    if (child.status === 'completed') {
      return leave(
        def,
        { ...state, last: child.index, feedback: null },
        { output: child.output ?? null, error: null },
        view,
      );
    }
    const { onFailure } = stateOf(def, state.now);
    if (child.status === 'cancelled' || onFailure === undefined) return { settle: endedAs(child) };
    const { code = 'failed', message = '' } = child.error ?? {};
    const feedback = `${code}: ${message}`.slice(0, MAX_FEEDBACK);
    return move(def, { ...state, feedback }, onFailure, outputOf(state, view), view);
  },
  childDef(def, index, { planned }) {
    const name = planned(index) as string;
    const { node } = stateOf(def, name);
    if (node === undefined) throw new Error(`state ${name} has no node`);
    return node;
  },
  provide(_def, _index, [name], scene) {
    const { now, visits, feedback } = scene.state;
    const given: Record<string, Json> = {
      state: now,
      visits: visits[now] ?? 0,
      feedback,
      last: outputOf(scene.state, scene),
    };
    return name !== undefined && Object.hasOwn(given, name) ? { value: given[name] ?? null, used: 1 } : undefined;
  },
  defaultInput: () => undefined,
  *parts({ states }) {
    for (const [name, { node }] of Object.entries(states))
      if (node !== undefined)
        yield { pointer: `/states/${name}/node`, def: node, names: ['state', 'visits', 'feedback', 'last'] };
  },
  templates: () => [],
  *expressions({ states }) {
    for (const [name, { on }] of Object.entries(states))
      for (const [i, { when }] of on.entries())
        if (when !== undefined)
          yield { pointer: `/states/${name}/on/${i}/when`, expression: when, names: ['output', 'visits', 'error'] };
  },
  *schemas({ states }) {
    for (const [name, { on }] of Object.entries(states))
      for (const [i, { gate }] of on.entries())
        if (gate !== undefined) yield { pointer: `/states/${name}/on/${i}/gate`, schema: gate };
  },
  problems: machineProblems,
};

const outputOf = ({ last }: State, scene: Pick<Scene<State>, 'output'>): Json =>
  last < 0 ? null : (scene.output(last) ?? null);

type Deciding = Pick<View<Json>, 'evaluate' | 'schemas'>;

/** Enters the state that `state.now` names: ends there, starts its node, or goes on. */
function enter(def: StateMachineDef, before: State, output: Json, view: Deciding): Step<State> & { state: State } {
  const { now } = before;
  const state = { ...before, visits: { ...before.visits, [now]: (before.visits[now] ?? 0) + 1 } };
  const { final, node } = stateOf(def, now);
  if (final === 'completed') return { state, settle: { status: 'completed', output } };
  if (final === 'failed') {
    const why = state.feedback === null ? '' : `: ${state.feedback}`;
    return { state, settle: failed('machine_failed', `${def.id} ended in ${now}${why}`) };
  }
  if (node !== undefined) return { state, plan: [now] };
  return leave(def, state, { output, error: null }, view);
}

/** Takes the first edge that can be taken. */
function leave(
  def: StateMachineDef,
  state: State,
  { output, error }: { output: Json; error: Json },
  view: Deciding,
): Step<State> & { state: State } {
  const refused: string[] = [];
  let feedback = state.feedback;
  for (const [i, edge] of stateOf(def, state.now).on.entries()) {
    const why = refusalOf(state, edge, i, { output, error }, view);
    if (why === undefined) {
      const key = `${state.now}/${i}`;
      const taken = edge.max === undefined ? state.taken : { ...state.taken, [key]: (state.taken[key] ?? 0) + 1 };
      return move(def, { ...state, taken, feedback }, edge.to, output, view);
    }
    if (why.gate) feedback = why.text.slice(0, MAX_FEEDBACK);
    refused.push(`${edge.to}: ${why.text}`);
  }
  const text = `${def.id} is in ${state.now} and no transition can be taken: ${refused.join('; ') || 'there is none'}`;
  return { state, settle: failed('no_transition', text) };
}

function refusalOf(
  { now, taken, visits }: State,
  { when, max, gate }: Transition,
  index: number,
  { output, error }: { output: Json; error: Json },
  view: Deciding,
): { text: string; gate: boolean } | undefined {
  const no = (text: string, isGate = false) => ({ text, gate: isGate });
  if (max !== undefined && (taken[`${now}/${index}`] ?? 0) >= max) return no(`taken ${max} times, its limit`);
  if (when !== undefined && view.evaluate(when, { output, error, visits: visits[now] ?? 0 }) !== true)
    return no(`${when} does not hold`);
  const wrong = gate === undefined ? undefined : view.schemas(gate)(output);
  return wrong === undefined ? undefined : no(`its gate refuses the output: ${wrong}`, true);
}

function move(
  def: StateMachineDef,
  state: State,
  to: string,
  output: Json,
  view: Deciding,
): Step<State> & { state: State } {
  const transitions = state.transitions + 1;
  if (transitions > def.maxTransitions) {
    const text = `${def.id} made ${def.maxTransitions} transitions, its limit, and is in ${state.now}`;
    return { state, settle: failed('transitions_exhausted', text) };
  }
  return enter(def, { ...state, now: to, transitions }, output, view);
}

function stateOf(def: StateMachineDef, name: string): MachineState {
  const found = Object.hasOwn(def.states, name) ? def.states[name] : undefined;
  if (found === undefined) throw new Error(`machine ${def.id} has no state ${name}`);
  return found;
}
