import { type FeatureListDef, type Json, taskIdOf } from '@parley/contracts';
import { resolveElement, resolveTemplate } from '../template.ts';
import { commandTask, isBlob, measuredIn, provideCandidate, templatesOfCommand, verdictOfCommand } from './checks.ts';
import { claimIn, withoutClaims } from './claims.ts';
import { endedAs, failed, fieldOf, textOf } from './outcome.ts';
import type { Pattern, Planned, Scene, SettledChild, Step, View } from './pattern.ts';

/** How an attempt on a feature ended. `blocked`: by the rules, whatever was done; `failed`: without evidence. */
type Ended = { feature: string; attempt: number; as: 'passed' | 'failed' | 'blocked'; reason: string | null };

type State = {
  /** The feature in hand, its place in the list, and how many there are. */
  id: string;
  feature: number;
  total: number;
  /** Of this feature, from 1. */
  attempt: number;
  /** Why the attempt before did not count. */
  feedback: string | null;
  /** Attempts that were blocked, of all features. */
  blocked: number;
  /** How the newest attempt ended; those before are with the work that followed them. */
  ended: Ended | null;
};

/** What a child is. Work carries how the attempt before it ended; evidence names the work that it is about. */
type Entry = { feature: number; attempt: number } & (
  | { role: 'work'; before: Ended | null }
  | { role: 'command' | 'judge'; of: number }
);

const MAX_FEEDBACK = 2_000;
const MAX_REASON = 500;
const MAX_ID = 128;
const MAX_NOTES = 50;
const MAX_NOTE = 250;

const WORK_NAMES = ['feature', 'feedback', 'attempt', 'done'];
const EVIDENCE_NAMES = [...WORK_NAMES, 'candidate'];
const WORK_INPUT: Json = { feature: { $from: '/feature' }, feedback: { $from: '/feedback' } };
const JUDGE_INPUT: Json = { feature: { $from: '/feature' }, candidate: { $from: '/candidate' } };

/**
 * One feature after the other: work → command → judge, whichever of the two there is as evidence, then the next feature. An attempt without evidence goes back to the work with the reason, at most
 * `attempts` times in all; then the node fails as `feature_failed`, or goes on without that feature. An attempt whose output claims what only evidence can show is blocked before any evidence is looked
 * for, one whose evidence comes from who did the work after it. A list that is none ends as `features_invalid`; evidence that nobody can give ends as what kept it from being given.
 */
export const featureList: Pattern<FeatureListDef, State> = {
  start(def, view) {
    const list = resolveTemplate(def.features, view.lookup);
    const nothing: State = { id: '', feature: 0, total: 0, attempt: 0, feedback: null, blocked: 0, ended: null };
    const wrong = listObjection(def, list);
    if (wrong !== undefined) return { state: nothing, settle: failed('features_invalid', `${def.id}: ${wrong}`) };
    const total = Array.isArray(list) ? list.length : 0;
    return total === 0
      ? { state: nothing, settle: { status: 'completed', output: [] } }
      : begin(def, { ...nothing, total }, 0, view);
  },
  wanted: (_def, { plannedCount }) => ({ upTo: plannedCount, inFlight: 1 }),
  childSettled(def, child, view) {
    if (child.status === 'cancelled') return { settle: endedAs(child) };
    const entry = entryOf(view, child.index);
    if (entry.role === 'work') return worked(def, child, view);
    if (entry.role === 'judge') return judged(def, entry.of, child, view);
    if (def.evidence.command === undefined) throw new Error(`feature list ${def.id} has no command`);
    const verdict = verdictOfCommand(def.evidence.command, child);
    if ('ends' in verdict) return { settle: verdict.ends };
    if ('reason' in verdict) return refuse(def, 'failed', verdict.reason, view);
    return counted(def, entry.of, child.index, view);
  },
  childDef(def, index, planned) {
    const { role } = entryOf(planned, index);
    const { command, node } = def.evidence;
    if (role === 'work') return def.work;
    if (role === 'command' && command !== undefined) return commandTask(`${def.id}-evidence`, command);
    if (node === undefined) throw new Error(`feature list ${def.id} has no evidence ${index}`);
    return node;
  },
  provide(def, index, [name], scene) {
    const entry = entryOf(scene, index);
    switch (name) {
      case 'feature':
        return { value: featureAt(def, entry.feature, scene), used: 1 };
      case 'feedback':
        return { value: scene.state.feedback, used: 1 };
      case 'attempt':
        return { value: entry.attempt, used: 1 };
      case 'done':
        return { value: endings(scene).flatMap(({ feature, as }) => (as === 'passed' ? [feature] : [])), used: 1 };
      default:
        return entry.role === 'work' ? undefined : provideCandidate(name, entry.of, scene);
    }
  },
  defaultInput: (_def, index, planned) => (entryOf(planned, index).role === 'work' ? WORK_INPUT : JUDGE_INPUT),
  notes: (_def, planned) =>
    endings(planned)
      .filter(({ as }) => as !== 'passed')
      .map(({ feature, attempt, as, reason }) =>
        oneLine(`feature ${feature}, attempt ${attempt}: ${as}: ${reason ?? ''}`),
      )
      .slice(-MAX_NOTES),
  *parts(def) {
    yield { pointer: '/work', def: def.work, names: WORK_NAMES };
    if (def.evidence.node !== undefined)
      yield { pointer: '/evidence/node', def: def.evidence.node, names: EVIDENCE_NAMES };
  },
  *templates(def) {
    yield { pointer: '/features', template: def.features, names: [] };
    if (def.evidence.command !== undefined)
      yield* templatesOfCommand(def.evidence.command, '/evidence/command', EVIDENCE_NAMES);
  },
  schemas: () => [],
  *problems({ work, evidence: { node } }) {
    if (work.kind !== 'task' || node?.kind !== 'task' || work.agents === undefined || node.agents === undefined) return;
    const { agents } = work;
    if (agents.length === 1 && node.agents.every((agent) => agents.includes(agent)))
      yield {
        pointer: '/evidence/node/agents',
        code: 'unsatisfiable',
        message: `${agents[0]} does the work, so its evidence never counts; name another agent`,
      };
  },
};

/** Begins a feature, or ends the node after the last. */
function begin(
  def: FeatureListDef,
  before: State,
  feature: number,
  scene: Scene<State> | View<null>,
): Step<State> & { state: State } {
  const id = fieldOf(featureAt(def, feature, scene), 'id');
  const state = { ...before, id: typeof id === 'string' ? id : '', feature, attempt: 1, feedback: null };
  return { state, plan: [{ role: 'work', feature, attempt: 1, before: before.ended }] };
}

function worked(def: FeatureListDef, child: SettledChild, view: View<State>): Step<State> {
  const { feature, attempt } = view.state;
  if (child.status === 'failed') {
    const { code = 'failed', message = '' } = child.error ?? {};
    return refuse(def, 'failed', `${code}: ${message}`, view);
  }
  const output = child.output ?? null;
  if (isBlob(output)) return refuse(def, 'failed', 'the output is too large to be checked; make it shorter', view);
  const claim = claimIn(output);
  if (claim !== undefined) {
    const why = `${claim} says that it was tested; only evidence can: leave it out, the platform tests the work itself`;
    return refuse(def, 'blocked', why, view);
  }
  const { command } = def.evidence;
  const files = fieldOf(output, 'files');
  if (command !== undefined && command.files === undefined && !(Array.isArray(files) && files.length > 0)) {
    return refuse(def, 'failed', 'there is nothing to test: answer { files: [{ path, content }] }', view);
  }
  const role = command === undefined ? 'judge' : 'command';
  return { state: view.state, plan: [{ role, feature, attempt, of: child.index }] };
}

function judged(def: FeatureListDef, of: number, child: SettledChild, view: View<State>): Step<State> {
  if (child.status !== 'completed') return { settle: endedAs(child) };
  const passed = fieldOf(child.output, 'passed');
  if (passed === true) return counted(def, of, child.index, view);
  const reason = fieldOf(child.output, 'reason');
  const why = typeof reason === 'string' && reason !== '' ? reason : textOf(child.output ?? null, MAX_REASON);
  return refuse(
    def,
    'failed',
    passed === false ? why : `the evidence does not say passed, true or false: ${why}`,
    view,
  );
}

/** Evidence counts unless an agent that worked on this feature gave it; then the judge is next, or the feature passes. */
function counted(def: FeatureListDef, of: number, index: number, view: View<State>): Step<State> {
  const { feature, attempt } = view.state;
  const workers = new Set<string>();
  for (let i = index; i >= 0 && entryOf(view, i).feature === feature; i--)
    if (entryOf(view, i).role === 'work') for (const agent of view.agentsOf(i)) workers.add(agent);
  const own = view.agentsOf(index).find((agent) => workers.has(agent));
  if (own !== undefined)
    return refuse(
      def,
      'blocked',
      `the evidence comes from ${own}, who worked on the feature; another agent must give it`,
      view,
    );
  if (entryOf(view, index).role === 'command' && def.evidence.node !== undefined)
    return { state: view.state, plan: [{ role: 'judge', feature, attempt, of }] };
  return next(def, { ...view.state, ended: endedHow(view.state, 'passed', null) }, view);
}

/** The attempt does not count: another one, or what follows when they are used up. */
function refuse(def: FeatureListDef, as: 'failed' | 'blocked', why: string, view: View<State>): Step<State> {
  const { id, feature, attempt } = view.state;
  const ended = endedHow(view.state, as, why.slice(0, MAX_REASON));
  const blocked = view.state.blocked + (as === 'blocked' ? 1 : 0);
  const state = { ...view.state, feedback: why.slice(0, MAX_FEEDBACK), blocked, ended };
  if (attempt < def.attempts) {
    const again = { role: 'work', feature, attempt: attempt + 1, before: ended };
    return { state: { ...state, attempt: attempt + 1 }, plan: [again] };
  }
  if (def.onExhausted === 'skip') return next(def, state, view);
  const tries = `${attempt} ${attempt === 1 ? 'attempt' : 'attempts'}`;
  return {
    state,
    settle: failed('feature_failed', `${def.id}: feature ${id} has no evidence after ${tries}; the last: ${why}`),
  };
}

function next(def: FeatureListDef, state: State, view: View<State>): Step<State> {
  if (state.feature + 1 < state.total) return begin(def, state, state.feature + 1, view);
  return { state, settle: { status: 'completed', output: results({ ...view, state }) } };
}

const endedHow = ({ id, attempt }: State, as: Ended['as'], reason: string | null): Ended => ({
  feature: id,
  attempt,
  as,
  reason,
});

/** How all attempts ended so far, in order. */
function endings({ state, planned, plannedCount }: Planned<State>): Ended[] {
  const all: Ended[] = [];
  for (let i = 0; i < plannedCount; i++) {
    const entry = planned(i) as Entry;
    if (entry.role === 'work' && entry.before !== null) all.push(entry.before);
  }
  // Of the attempt in hand nothing is known yet: then the newest ending is already with its work.
  const last = all.at(-1);
  const isKnown = last !== undefined && last.feature === state.ended?.feature && last.attempt === state.ended.attempt;
  return state.ended === null || isKnown ? all : [...all, state.ended];
}

function results(view: View<State>): Json {
  const rows = new Map<string, { id: string; passes: boolean; attempts: number; blocked: number; evidence: Json }>();
  for (const { feature, attempt, as } of endings(view)) {
    const blocked = (rows.get(feature)?.blocked ?? 0) + (as === 'blocked' ? 1 : 0);
    rows.set(feature, { id: feature, passes: as === 'passed', attempts: attempt, blocked, evidence: null });
  }
  const list = [...rows.values()];
  for (let i = 0; i < view.plannedCount; i++) {
    const { role, feature, attempt } = entryOf(view, i);
    const row = list[feature];
    if (role === 'work' || row === undefined || !row.passes || attempt !== row.attempts) continue;
    row.evidence = { ...(row.evidence as object | null), ...evidenceOf(role, i, view) };
  }
  return list;
}

/** What shows it, who gave it and in which task. */
function evidenceOf(role: 'command' | 'judge', index: number, view: View<State>): { [key: string]: Json } {
  const by = view.agentsOf(index);
  const task = taskIdOf(view.run, `${view.path}.${index}`);
  if (role === 'judge') return { judged: { by, task } };
  const measured = measuredIn(view.output(index));
  if (measured === undefined) return {};
  const { exitCode, digest, durationMs } = measured;
  return { exitCode, digest, durationMs, by: by.join(', '), task };
}

function featureAt(def: FeatureListDef, feature: number, { lookup }: Pick<Scene<Json>, 'lookup'>): Json {
  const found = resolveElement(def.features, feature, lookup);
  return found !== undefined && isRecord(found) ? withoutClaims(found) : null;
}

/** Why a list of features is none; undefined when it is one. */
function listObjection({ maxFeatures }: FeatureListDef, list: Json): string | undefined {
  if (!Array.isArray(list)) return 'features is not a list; give [{ id, description }]';
  if (list.length > maxFeatures) return `there are ${list.length} features; at most ${maxFeatures}, its maxFeatures`;
  const ids = new Set<string>();
  for (const [i, feature] of list.entries()) {
    const id = fieldOf(feature, 'id');
    if (typeof id !== 'string' || id === '' || id.length > MAX_ID)
      return `feature ${i} has no id; give it one of 1 to ${MAX_ID} characters`;
    if (ids.has(id)) return `the id ${id} stands twice; features ${i} needs another`;
    ids.add(id);
  }
  return undefined;
}

/** A line for people: whatever an agent or a command said, no control character of it gets to a terminal. */
const oneLine = (text: string): string =>
  text
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .slice(0, MAX_NOTE)
    .toWellFormed();

const isRecord = (value: Json): value is { [key: string]: Json } =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

const entryOf = ({ planned }: Pick<Planned<Json>, 'planned'>, index: number): Entry => planned(index) as Entry;
