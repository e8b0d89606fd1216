import type { GateDef } from '@parley/contracts';
import type { Outcome } from '../state.ts';
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
import { endedAs, failed } from './outcome.ts';
import type { Pattern, SettledChild, Step, View } from './pattern.ts';

/** What each started child is: the candidate of a round, the check that it answers, or what is done instead. */
const CANDIDATE = -1;
const OTHERWISE = -2;

type State = {
  round: number;
  roles: number[];
  /** Child that produced the candidate of this round. */
  candidate: number;
  /** Why the round before was rejected. */
  feedback: string | null;
};

/**
 * Runs its node until every check passes: schemas and expressions at once, then commands and validators one after the other. A rejected candidate starts the next
 * round with the reason as `/feedback` (null in the first round). The output is the accepted candidate; with the rounds used up that of `otherwise`, or it fails as
 * `gate_unsatisfied`.
 */
export const gate: Pattern<GateDef, State> = {
  start: () => ({ state: { round: 1, roles: [CANDIDATE], candidate: 0, feedback: null } }),
  wanted: (_def, { state: { roles } }) => ({ upTo: roles.length, inFlight: 1 }),
  childSettled(def, child, view) {
    const role = view.state.roles[child.index];
    if (role === undefined || role === OTHERWISE) return { settle: otherwiseEnded(child) };
    if (role === CANDIDATE) {
      if (child.status !== 'completed') return { settle: endedAs(child) };
      const wrong = objectionOf(def.checks, child.output ?? null, view.state.feedback, view);
      return wrong === undefined ? proceed(def, view, 0) : reject(def, view.state, wrong);
    }
    const verdict = verdictOf(def.checks, role, child);
    if ('ends' in verdict) return { settle: verdict.ends };
    return 'reason' in verdict ? reject(def, view.state, verdict.reason) : proceed(def, view, role + 1);
  },
  childDef(def, index, { state: { roles } }) {
    const role = roles[index];
    if (role === undefined) throw new Error(`gate ${def.id} has no child ${index}`);
    if (role === OTHERWISE && def.otherwise !== undefined) return def.otherwise;
    return role === CANDIDATE ? def.node : checkTask(def.checks, role);
  },
  provide(_def, index, [name], view) {
    if (name === 'feedback') return { value: view.state.feedback, used: 1 };
    return view.state.roles[index] === CANDIDATE ? undefined : provideCandidate(name, view.state.candidate, view);
  },
  defaultInput: () => undefined,
  *parts(def) {
    yield { pointer: '/node', def: def.node, names: ['feedback'] };
    if (def.otherwise !== undefined) yield { pointer: '/otherwise', def: def.otherwise, names: CHECK_NAMES };
  },
  templates: ({ checks }) => templatesOf(checks, '/checks', CHECK_NAMES),
  expressions: ({ checks }) => expressionsOf(checks, '/checks', CHECK_NAMES),
  schemas: ({ checks }) => schemasOf(checks, '/checks'),
};

/** What was done instead has an output, also when it was skipped. */
const otherwiseEnded = (child: SettledChild): Outcome =>
  child.status === 'completed' ? { status: 'completed', output: child.output ?? null } : endedAs(child);

/** The next check from `from` on that somebody answers, or acceptance. */
function proceed(def: GateDef, { state, output }: View<State>, from: number): Step<State> {
  const next = nextAsked(def.checks, from);
  if (next >= 0) return { state: { ...state, roles: [...state.roles, next] } };
  return { settle: { status: 'completed', output: output(state.candidate) ?? null } };
}

function reject(def: GateDef, state: State, reason: string): Step<State> {
  if (state.round >= def.rounds) {
    if (def.otherwise === undefined) return { settle: unsatisfied(state.round, reason) };
    return { state: { ...state, roles: [...state.roles, OTHERWISE], feedback: reason } };
  }
  const roles = [...state.roles, CANDIDATE];
  return { state: { round: state.round + 1, roles, candidate: roles.length - 1, feedback: reason } };
}

const unsatisfied = (rounds: number, reason: string): Outcome =>
  failed(
    'gate_unsatisfied',
    `no candidate passed in ${rounds} ${rounds === 1 ? 'round' : 'rounds'}; the last: ${reason}`,
  );
