import type { Json, NodeDef, SupervisorDef, Worker } from '@parley/contracts';
import { resolveTemplate } from '../template.ts';
import { ask, endedAs, failed, fieldOf, textOf } from './outcome.ts';
import type { Pattern, Planned, Scene, SettledChild, Step, View } from './pattern.ts';

/** One delegation of an assignment. `tries`: workers that had it before this one; `revisions`: how often this one was sent back. */
type Work = {
  role: 'work';
  id: number;
  worker: number;
  instruction: string;
  tried: number[];
  revisions: number;
  feedback: string | null;
};
type Entry = { role: 'plan' } | Work | { role: 'review'; of: number } | { role: 'synthesize' };

type State = {
  /** Assignments that are neither accepted nor given up. */
  pending: number;
  /** Children whose output was accepted. */
  accepted: number[];
  delegations: number;
  assignments: number;
  replans: number;
  /** What the next plan must get round; at most eight, cut. */
  problems: string[];
};

const MAX_PROBLEMS = 8;
const MAX_PROBLEM = 300;
const MAX_INSTRUCTION = 4_000;
const MAX_BRIEF = 500;
/** An assignment goes to so many workers before the plan has to change. */
const WORKERS_PER_ASSIGNMENT = 2;

/**
 * Plan → delegate → review → revise or reassign → replan → synthesise. What a worker is given, and how often, stands in the plan entries; the state counts. A worker that failed
 * or was refused too often hands its assignment to another; after two workers the plan has to change. Ends as `supervisor_exhausted` when replans or delegations are used up.
 */
export const supervisor: Pattern<SupervisorDef, State> = {
  start: () => ({
    state: { pending: 0, accepted: [], delegations: 0, assignments: 0, replans: 0, problems: [] },
    plan: [{ role: 'plan' }],
  }),
  wanted: (def, { plannedCount }) => ({ upTo: plannedCount, inFlight: def.maxInFlight }),
  childSettled(def, child, view) {
    if (child.status === 'cancelled') return { settle: { status: 'cancelled' } };
    const entry = entryOf(view, child.index);
    switch (entry.role) {
      case 'plan':
        return planned(def, child, view);
      case 'work':
        return worked(def, entry, child, view);
      case 'review':
        return reviewed(def, entry.of, child, view);
      case 'synthesize':
        return { settle: endedAs(child) };
    }
  },
  childDef(def, index, places) {
    const entry = entryOf(places, index);
    switch (entry.role) {
      case 'plan':
        return ask(`${def.id}-plan`, def.plan, PLAN_INPUT);
      case 'work':
        return workDef(def, entry);
      case 'review':
        return ask(`${def.id}-review`, def.review, REVIEW_INPUT);
      case 'synthesize':
        return ask(`${def.id}-synthesize`, def.synthesize, {
          goal: { $from: '/goal' },
          results: { $from: '/results' },
        });
    }
  },
  provide(def, index, [name], scene) {
    const given = (value: Json) => ({ value, used: 1 });
    if (name === 'goal') return given(goalOf(def, scene));
    const entry = entryOf(scene, index);
    if (name === 'workers')
      return given(def.workers.map((worker) => ({ name: worker.name, description: worker.description })));
    if (name === 'problems') return given(scene.state.problems);
    if (name === 'results') return given(resultsOf(def, scene, entry.role === 'plan' ? MAX_BRIEF : undefined));
    const work = entry.role === 'review' ? entryOf(scene, entry.of) : entry;
    if (name === 'assignment' && work.role === 'work') return given(assignmentOf(def, work));
    if (name === 'result' && entry.role === 'review') return given(scene.output(entry.of) ?? null);
    return undefined;
  },
  defaultInput: (_def, index, places) => (entryOf(places, index).role === 'work' ? WORK_INPUT : undefined),
  *parts(def) {
    for (const [i, { node }] of def.workers.entries())
      if (node !== undefined) yield { pointer: `/workers/${i}/node`, def: node, names: ['assignment', 'goal'] };
  },
  *templates(def) {
    if (def.goal !== undefined) yield { pointer: '/goal', template: def.goal, names: [] };
    const asks = { plan: def.plan, review: def.review, synthesize: def.synthesize };
    const names = {
      plan: ['goal', 'workers', 'problems', 'results'],
      review: ['goal', 'assignment', 'result'],
      synthesize: ['goal', 'results'],
    };
    for (const role of ['plan', 'review', 'synthesize'] as const) {
      const template = asks[role]?.input;
      if (template !== undefined) yield { pointer: `/${role}/input`, template, names: names[role] };
    }
    for (const [i, worker] of def.workers.entries()) {
      if (worker.ask?.input === undefined) continue;
      yield { pointer: `/workers/${i}/ask/input`, template: worker.ask.input, names: ['assignment', 'goal'] };
    }
  },
  schemas: () => [],
};

const PLAN_INPUT: Json = {
  goal: { $from: '/goal' },
  workers: { $from: '/workers' },
  problems: { $from: '/problems' },
  results: { $from: '/results' },
};
const REVIEW_INPUT: Json = {
  goal: { $from: '/goal' },
  instruction: { $from: '/assignment/instruction' },
  result: { $from: '/result' },
};
const WORK_INPUT: Json = {
  goal: { $from: '/goal' },
  instruction: { $from: '/assignment/instruction' },
  feedback: { $from: '/assignment/feedback' },
};

/** Takes the assignments of a plan; one that names nobody, or says nothing, is a problem for the next. */
function planned(def: SupervisorDef, child: SettledChild, view: View<State>): Step<State> {
  if (child.status === 'failed') return { settle: endedAs(child) };
  const list = fieldOf(child.output, 'assignments');
  const problems: string[] = [];
  const works: Work[] = [];
  const { state } = view;
  for (const one of Array.isArray(list) ? list : []) {
    const [worker, instruction] = [fieldOf(one, 'worker'), fieldOf(one, 'instruction')];
    const index = def.workers.findIndex(({ name }) => name === worker);
    if (index < 0) problems.push(`there is no worker ${JSON.stringify(worker ?? null)}`);
    else if (typeof instruction !== 'string' || instruction.trim() === '')
      problems.push(`the assignment of ${def.workers[index]?.name} says nothing`);
    else works.push(first(state.assignments + works.length, index, instruction));
  }
  if (works.length === 0) {
    return replan(
      def,
      state,
      problems.length > 0 ? problems : ['the plan has no assignments: give { assignments: [{ worker, instruction }] }'],
    );
  }
  return delegate(
    def,
    { ...state, problems: [], pending: works.length, assignments: state.assignments + works.length },
    works,
  );
}

const first = (id: number, worker: number, instruction: string): Work => ({
  role: 'work',
  id,
  worker,
  instruction: instruction.slice(0, MAX_INSTRUCTION),
  tried: [],
  revisions: 0,
  feedback: null,
});

function delegate(def: SupervisorDef, state: State, works: readonly Work[]): Step<State> {
  const delegations = state.delegations + works.length;
  if (delegations > def.maxDelegations) {
    return {
      settle: failed(
        'supervisor_exhausted',
        `${def.id} would delegate ${delegations} times; its limit is ${def.maxDelegations}${told(state)}`,
      ),
    };
  }
  return { state: { ...state, delegations }, plan: [...works] };
}

function worked(def: SupervisorDef, work: Work, child: SettledChild, view: View<State>): Step<State> {
  if (child.status === 'failed') {
    return passOn(
      def,
      view.state,
      work,
      `${workerOf(def, work).name} failed: ${child.error?.code ?? 'failed'}: ${child.error?.message ?? ''}`,
    );
  }
  if (def.review !== undefined) return { state: view.state, plan: [{ role: 'review', of: child.index }] };
  return accept(def, view.state, child.index, view);
}

function reviewed(def: SupervisorDef, of: number, child: SettledChild, view: View<State>): Step<State> {
  const work = entryOf(view, of);
  if (work.role !== 'work') throw new Error(`supervisor ${def.id}: child ${of} was no work`);
  if (child.status === 'failed') return { settle: endedAs(child) };
  const verdict = fieldOf(child.output, 'verdict');
  if (verdict === 'accept') return accept(def, view.state, of, view);
  const reason = textOf(fieldOf(child.output, 'reason') ?? 'refused without a reason', MAX_PROBLEM);
  if (verdict === 'revise' && work.revisions < def.maxRevisions) {
    return delegate(def, view.state, [{ ...work, revisions: work.revisions + 1, feedback: reason }]);
  }
  return passOn(def, view.state, work, `the work of ${workerOf(def, work).name} was refused: ${reason}`);
}

/** To a worker that has not had it; else the plan has to change once everything else is settled. */
function passOn(def: SupervisorDef, state: State, work: Work, why: string): Step<State> {
  const tried = [...work.tried, work.worker];
  const next = def.workers.findIndex((_, i) => !tried.includes(i));
  if (tried.length < WORKERS_PER_ASSIGNMENT && next >= 0) {
    return delegate(def, state, [{ ...work, worker: next, tried, revisions: 0, feedback: why.slice(0, MAX_PROBLEM) }]);
  }
  const problem = `${work.instruction.slice(0, 80)}: ${why}`.slice(0, MAX_PROBLEM);
  const problems = [...state.problems, problem].slice(-MAX_PROBLEMS);
  const after = { ...state, problems, pending: state.pending - 1 };
  return after.pending > 0 ? { state: after } : replan(def, after, problems);
}

function accept(def: SupervisorDef, state: State, index: number, view: View<State>): Step<State> {
  const after = { ...state, accepted: [...state.accepted, index], pending: state.pending - 1 };
  if (after.pending > 0) return { state: after };
  if (after.problems.length > 0) return replan(def, after, after.problems);
  if (def.synthesize !== undefined) return { state: after, plan: [{ role: 'synthesize' }] };
  return {
    state: after,
    settle: { status: 'completed', output: resultsOf(def, { ...view, state: after }, undefined) },
  };
}

function replan(def: SupervisorDef, state: State, problems: readonly string[]): Step<State> {
  const replans = state.replans + 1;
  const after = {
    ...state,
    problems: problems.slice(-MAX_PROBLEMS).map((text) => text.slice(0, MAX_PROBLEM)),
    replans,
  };
  if (replans > def.maxReplans) {
    return {
      settle: failed('supervisor_exhausted', `${def.id} replanned ${def.maxReplans} times, its limit${told(after)}`),
    };
  }
  return { state: after, plan: [{ role: 'plan' }] };
}

const told = ({ problems }: State): string =>
  problems.length === 0 ? '' : `; the last problems: ${problems.join('; ')}`;

function resultsOf(
  def: SupervisorDef,
  scene: Pick<Scene<State>, 'state' | 'output' | 'planned' | 'plannedCount'>,
  brief: number | undefined,
): Json {
  return scene.state.accepted.map((index) => {
    const work = entryOf(scene, index);
    const output = scene.output(index) ?? null;
    const { worker, instruction } = work.role === 'work' ? assignmentOf(def, work) : { worker: '', instruction: '' };
    return { worker, instruction, output: brief === undefined ? output : textOf(output, brief) };
  });
}

const assignmentOf = (def: SupervisorDef, work: Work) => ({
  id: work.id,
  worker: workerOf(def, work).name,
  instruction: work.instruction,
  feedback: work.feedback,
});

const goalOf = (def: SupervisorDef, { lookup }: Pick<Scene<State>, 'lookup'>): Json =>
  resolveTemplate(def.goal ?? { $from: '/input' }, lookup);

function workDef(def: SupervisorDef, work: Work): NodeDef {
  const { ask: asked, node } = workerOf(def, work);
  if (node !== undefined) return node;
  return ask(`${def.id}-work`, asked, WORK_INPUT);
}

function workerOf(def: SupervisorDef, { worker }: Work): Worker {
  const found = def.workers[worker];
  if (found === undefined) throw new Error(`supervisor ${def.id} has no worker ${worker}`);
  return found;
}

function entryOf({ planned: at }: Pick<Planned<State>, 'planned'>, index: number): Entry {
  return at(index) as Entry;
}
