import {
  DEFAULT_TRANSITIONS,
  type Json,
  type MachineState,
  type StateMachineDef,
  type Transition,
} from '@parley/contracts';
import {
  CHECK_NAMES,
  checkTask,
  expressionsOf,
  nextAsked,
  objectionOf,
  provideCandidate,
  schemasOf,
  templatesOf,
  verdictOf,
} from './checks.ts';
import { machineProblems } from './machine-problems.ts';
import { endedAs, failed } from './outcome.ts';
import type { Pattern, Scene, SettledChild, Step, View } from './pattern.ts';

type Cause = { code: string; message: string } | null;

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
  /** Somebody is asked whether the output may go through the gate of an edge: why those before it were refused, and what led here. */
  leaving?: { refused: string[]; error: Cause };
};

/** What a child is: the node of the state with this name, or a check of the gate of one of its edges. */
type Entry = string | { in: string; edge: number; check: number };

const MAX_FEEDBACK = 2_000;
/** Of one edge, while the next one is looked at. There are at most as many as edges. */
const MAX_REFUSAL = 200;

const NODE_NAMES = ['state', 'visits', 'feedback', 'last'];
const EDGE_NAMES = ['output', 'state', 'visits', 'feedback', 'error'];

/**
 * A machine of named states. Each state's node is a child; after it, the first edge that holds, has uses left and lets the output through its gate is taken. Checks of a gate
 * that somebody must answer are children too. States without a node are passed at once. It ends in a `final` state, as `no_transition` when no edge can be taken, or as `transitions_exhausted`.
 */
export const stateMachine: Pattern<StateMachineDef, State> = {
  start: (def, view) =>
    enter(def, { now: def.initial, transitions: 0, visits: {}, taken: {}, feedback: null, last: -1 }, null, view),
  wanted: (_def, { plannedCount }) => ({ upTo: plannedCount, inFlight: 1 }),
  childSettled(def, child, view) {
    const entry = view.planned(child.index) as Entry;
    if (typeof entry !== 'string') return checked(def, entry, child, view);
    if (child.status !== 'completed') return broken(def, child, view);
    return leave(def, { ...view.state, last: child.index, feedback: null }, { error: null, refused: [] }, 0, view);
  },
  childDef(def, index, { planned }) {
    const entry = planned(index) as Entry;
    if (typeof entry !== 'string') return checkTask(gateOf(def, entry), entry.check);
    const { node } = stateOf(def, entry);
    if (node === undefined) throw new Error(`state ${entry} has no node`);
    return node;
  },
  provide(_def, index, [name], scene) {
    const { now, visits, feedback, last } = scene.state;
    if (typeof scene.planned(index) === 'object') {
      const found = provideCandidate(name, last, scene);
      if (found !== undefined) return found;
    }
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
      if (node !== undefined) yield { pointer: `/states/${name}/node`, def: node, names: NODE_NAMES };
  },
  *templates(def) {
    for (const { gate, at } of gatesOf(def)) yield* templatesOf(gate, at, [...NODE_NAMES, ...CHECK_NAMES]);
  },
  *expressions(def) {
    for (const [name, { on }] of Object.entries(def.states))
      for (const [i, { when }] of on.entries())
        if (when !== undefined) yield { pointer: `/states/${name}/on/${i}/when`, expression: when, names: EDGE_NAMES };
    for (const { gate, at } of gatesOf(def)) yield* expressionsOf(gate, at, CHECK_NAMES);
  },
  *schemas(def) {
    for (const { gate, at } of gatesOf(def)) yield* schemasOf(gate, at);
  },
  problems: machineProblems,
};

function* gatesOf({ states }: StateMachineDef) {
  for (const [name, { on }] of Object.entries(states))
    for (const [i, { gate }] of on.entries())
      if (gate !== undefined) yield { gate, at: `/states/${name}/on/${i}/gate` };
}

const outputOf = ({ last }: State, scene: Pick<Scene<State>, 'output'>): Json =>
  last < 0 ? null : (scene.output(last) ?? null);

type Deciding = Pick<View<Json>, 'evaluate' | 'schemas' | 'output'>;
type Stepped = Step<State> & { state: State };

/** Enters the state that `state.now` names: ends there, starts its node, or goes on. */
function enter(def: StateMachineDef, before: State, error: Cause, view: Deciding): Stepped {
  const { now } = before;
  const { leaving: _, ...rest } = before;
  const state = { ...rest, visits: { ...before.visits, [now]: (before.visits[now] ?? 0) + 1 } };
  const { final, node } = stateOf(def, now);
  if (final === 'completed') return { state, settle: { status: 'completed', output: outputOf(state, view) } };
  if (final === 'failed') {
    const why = state.feedback === null ? '' : `: ${state.feedback}`;
    return { state, settle: failed('machine_failed', `${def.id} ended in ${now}${why}`) };
  }
  if (node !== undefined) return { state, plan: [now] };
  return leave(def, state, { error, refused: [] }, 0, view);
}

/** Takes the first edge from `from` on that can be taken, or has the gate of it asked. */
function leave(
  def: StateMachineDef,
  before: State,
  { error, refused: refusedBefore }: { error: Cause; refused: readonly string[] },
  from: number,
  view: Deciding,
): Stepped {
  const output = outputOf(before, view);
  const refused = [...refusedBefore];
  let state = before;
  for (const [i, edge] of stateOf(def, state.now).on.entries()) {
    if (i < from) continue;
    const closed = guardOf(state, edge, i, { output, error }, view);
    const objection = closed === undefined ? objectionOf(edge.gate ?? [], output, state.feedback, view) : undefined;
    if (closed !== undefined) refused.push(`${edge.to}: ${closed}`.slice(0, MAX_REFUSAL));
    else if (objection !== undefined) {
      state = { ...state, feedback: objection.slice(0, MAX_FEEDBACK) };
      refused.push(gateRefusal(edge, objection));
    } else {
      const check = nextAsked(edge.gate ?? [], 0);
      if (check < 0) return take(def, state, i, error, view);
      return { state: { ...state, leaving: { refused, error } }, plan: [{ in: state.now, edge: i, check }] };
    }
  }
  const text = `${def.id} is in ${state.now} and no transition can be taken: ${refused.join('; ') || 'there is none'}`;
  return { state, settle: failed('no_transition', text) };
}

/** A check of a gate is answered: the next check, the edge, or the next edge. */
function checked(
  def: StateMachineDef,
  entry: Exclude<Entry, string>,
  child: SettledChild,
  view: View<State>,
): Step<State> {
  const { state } = view;
  const { refused, error } = state.leaving ?? { refused: [], error: null };
  const gate = gateOf(def, entry);
  const verdict = verdictOf(gate, entry.check, child);
  if ('ends' in verdict) return broken(def, child, view);
  if ('reason' in verdict) {
    const edge = edgeOf(def, entry);
    const after = { ...state, feedback: verdict.reason.slice(0, MAX_FEEDBACK) };
    return leave(def, after, { error, refused: [...refused, gateRefusal(edge, verdict.reason)] }, entry.edge + 1, view);
  }
  const check = nextAsked(gate, entry.check + 1);
  return check < 0 ? take(def, state, entry.edge, error, view) : { state, plan: [{ ...entry, check }] };
}

/** A node of the machine, or who was asked about a gate, failed. */
function broken(def: StateMachineDef, child: SettledChild, view: View<State>): Step<State> {
  const { state } = view;
  const { onFailure } = stateOf(def, state.now);
  if (child.status === 'cancelled' || onFailure === undefined) return { settle: endedAs(child) };
  const { code = 'failed', message = '' } = child.error ?? {};
  const feedback = `${code}: ${message}`.slice(0, MAX_FEEDBACK);
  return move(def, { ...state, feedback }, onFailure, { code, message: message.slice(0, MAX_FEEDBACK) }, view);
}

/** Why an edge is closed, whatever its gate says. */
function guardOf(
  { now, taken, visits, feedback }: State,
  { when, max }: Transition,
  index: number,
  { output, error }: { output: Json; error: Cause },
  view: Deciding,
): string | undefined {
  if (max !== undefined && (taken[`${now}/${index}`] ?? 0) >= max) return `taken ${max} times, its limit`;
  const names = { output, error, state: now, visits: visits[now] ?? 0, feedback };
  return when === undefined || view.evaluate(when, names) === true ? undefined : `${when} does not hold`;
}

const gateRefusal = ({ to }: Transition, reason: string): string =>
  `${to}: its gate refuses the output: ${reason}`.slice(0, MAX_REFUSAL);

function take(def: StateMachineDef, state: State, index: number, error: Cause, view: Deciding): Stepped {
  const edge = edgeOf(def, { in: state.now, edge: index });
  const key = `${state.now}/${index}`;
  const taken = edge.max === undefined ? state.taken : { ...state.taken, [key]: (state.taken[key] ?? 0) + 1 };
  return move(def, { ...state, taken }, edge.to, error, view);
}

function move(def: StateMachineDef, state: State, to: string, error: Cause, view: Deciding): Stepped {
  const transitions = state.transitions + 1;
  const { maxTransitions = DEFAULT_TRANSITIONS } = def;
  if (transitions > maxTransitions) {
    const text = `${def.id} made ${maxTransitions} transitions, its limit, and is in ${state.now}`;
    return { state, settle: failed('transitions_exhausted', text) };
  }
  return enter(def, { ...state, now: to, transitions }, error, view);
}

function stateOf(def: StateMachineDef, name: string): MachineState {
  const found = Object.hasOwn(def.states, name) ? def.states[name] : undefined;
  if (found === undefined) throw new Error(`machine ${def.id} has no state ${name}`);
  return found;
}

function edgeOf(def: StateMachineDef, at: { in: string; edge: number }): Transition {
  const edge = stateOf(def, at.in).on[at.edge];
  if (edge === undefined) throw new Error(`state ${at.in} of machine ${def.id} has no edge ${at.edge}`);
  return edge;
}

const gateOf = (def: StateMachineDef, at: { in: string; edge: number }) => edgeOf(def, at).gate ?? [];
