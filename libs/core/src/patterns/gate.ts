import type { Failure, GateDef, Json, TaskDef } from '@parley/contracts';
import type { Pattern, Step, View } from './pattern.ts';

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

const CANDIDATE_AND_INPUT: Json = { candidate: { $from: '/candidate' }, input: { $from: '/input' } };

/**
 * Runs its node until every check passes: schemas at once, then validators one after the other. A rejected candidate starts the next
 * round with the reason as `/feedback` (null in the first round). The output is the accepted candidate; with the rounds used up that of `otherwise`, or it fails as
 * `gate_unsatisfied`.
 */
export const gate: Pattern<GateDef, State> = {
  start: () => ({ state: { round: 1, roles: [CANDIDATE], candidate: 0, feedback: null } }),
  wanted: (_def, { state: { roles } }) => ({ upTo: roles.length, inFlight: 1 }),
  childSettled(def, child, view) {
    if (child.status !== 'completed') {
      return { settle: { status: child.status, ...(child.error === undefined ? {} : { error: child.error }) } };
    }
    const role = view.state.roles[child.index];
    if (role === OTHERWISE) return { settle: { status: 'completed', output: child.output ?? null } };
    if (role !== CANDIDATE && role !== undefined) {
      const reason = objectionOf(child.output ?? null);
      return reason === undefined ? proceed(def, view, role + 1) : reject(def, view.state, reason);
    }
    const wrong =
      schemaObjection(def, child.output ?? null, view) ?? expressionObjection(def, child.output ?? null, view);
    return wrong === undefined ? proceed(def, view, 0) : reject(def, view.state, wrong);
  },
  childDef(def, index, { state: { roles } }) {
    const role = roles[index];
    if (role === undefined) throw new Error(`gate ${def.id} has no child ${index}`);
    if (role === OTHERWISE && def.otherwise !== undefined) return def.otherwise;
    return role === CANDIDATE ? def.node : validatorDef(def, role);
  },
  provide(_def, index, tokens, view) {
    if (tokens[0] === 'feedback') return { value: view.state.feedback, used: 1 };
    if (tokens[0] !== 'candidate' || view.state.roles[index] === CANDIDATE) return undefined;
    return { value: view.output(view.state.candidate) ?? null, used: 1 };
  },
  defaultInput: () => undefined,
  *parts(def) {
    yield { pointer: '/node', def: def.node, names: ['feedback'] };
    if (def.otherwise !== undefined)
      yield { pointer: '/otherwise', def: def.otherwise, names: ['candidate', 'feedback'] };
  },
  *templates(def) {
    for (const [i, check] of def.checks.entries()) {
      if (!('validator' in check) || check.validator.input === undefined) continue;
      yield {
        pointer: `/checks/${i}/validator/input`,
        template: check.validator.input,
        names: ['candidate', 'feedback'],
      };
    }
  },
  *expressions(def) {
    for (const [i, check] of def.checks.entries()) {
      if (!('expression' in check)) continue;
      yield { pointer: `/checks/${i}/expression`, expression: check.expression, names: ['candidate', 'feedback'] };
    }
  },
  *schemas(def) {
    for (const [i, check] of def.checks.entries())
      if ('schema' in check) yield { pointer: `/checks/${i}/schema`, schema: check.schema };
  },
};

/** The next validator from check `from` on, or acceptance. */
function proceed(def: GateDef, { state, output }: View<State>, from: number): Step<State> {
  const next = def.checks.findIndex((check, i) => i >= from && 'validator' in check);
  if (next >= 0) return { state: { ...state, roles: [...state.roles, next] } };
  return { settle: { status: 'completed', output: output(state.candidate) ?? null } };
}

function reject(def: GateDef, state: State, reason: string): Step<State> {
  if (state.round >= def.rounds) {
    if (def.otherwise === undefined) return { settle: { status: 'failed', error: unsatisfied(state.round, reason) } };
    return { state: { ...state, roles: [...state.roles, OTHERWISE], feedback: reason } };
  }
  const roles = [...state.roles, CANDIDATE];
  return { state: { round: state.round + 1, roles, candidate: roles.length - 1, feedback: reason } };
}

function schemaObjection(def: GateDef, candidate: Json, view: View<State>): string | undefined {
  for (const check of def.checks) {
    if (!('schema' in check)) continue;
    if (candidate !== null && typeof candidate === 'object' && '$blob' in candidate) {
      return 'the output is too large to be checked against a schema; make it shorter';
    }
    const wrong = view.schemas(check.schema)(candidate);
    if (wrong !== undefined) return `the output does not fit its schema: ${wrong}`;
  }
  return undefined;
}

function expressionObjection(def: GateDef, candidate: Json, view: View<State>): string | undefined {
  for (const check of def.checks) {
    if (!('expression' in check)) continue;
    if (view.evaluate(check.expression, { candidate, feedback: view.state.feedback }) !== true) {
      return check.reason ?? `the output does not meet the condition ${check.expression}`;
    }
  }
  return undefined;
}

/** Why a validator's answer rejects the candidate; undefined when it accepts. */
function objectionOf(answer: Json): string | undefined {
  if (answer !== null && typeof answer === 'object' && !Array.isArray(answer)) {
    if (answer['verdict'] === 'VALID') return undefined;
    if (answer['verdict'] === 'INVALID') {
      const { reason } = answer;
      return typeof reason === 'string' && reason !== '' ? reason.slice(0, 4_000) : 'rejected without a reason';
    }
  }
  return `the validator's answer has no verdict VALID or INVALID: ${JSON.stringify(answer).slice(0, 500)}`;
}

function validatorDef(def: GateDef, check: number): TaskDef {
  const found = def.checks[check];
  if (found === undefined || !('validator' in found)) throw new Error(`gate ${def.id} has no validator ${check}`);
  const { capability, input = CANDIDATE_AND_INPUT, performMs, attempts } = found.validator;
  return { kind: 'task', id: `check-${check + 1}`, capability, input, criteria: 'balanced', performMs, attempts };
}

const unsatisfied = (rounds: number, reason: string): Failure => ({
  code: 'gate_unsatisfied',
  message: `no candidate passed in ${rounds} ${rounds === 1 ? 'round' : 'rounds'}; the last: ${reason}`.slice(0, 4_000),
  retryable: false,
});
