import type { GroupChatDef, Json, Participant } from '@parley/contracts';
import { digestOf } from '@parley/contracts';
import { resolveTemplate } from '../template.ts';
import { ask, endedAs, failed, fieldOf, textOf } from './outcome.ts';
import type { Pattern, Planned, Scene, SettledChild, Step, View } from './pattern.ts';

/** What each child is. `by`: why this participant speaks. */
type Entry =
  | { role: 'speak'; who: number; turn: number; by: string }
  | { role: 'select' }
  | { role: 'judge' }
  | { role: 'summarize' };

type State = {
  /** Turns begun. */
  turn: number;
  /** Turns in a row that agreed. */
  agreeing: number;
  /** Who speaks or spoke last. */
  who: number;
  /** What the run had used when the chat began, in micro-USD. */
  usedBefore: number;
  endedBy: string | null;
};

/** Characters of one text in a transcript, and of a whole one in an output. */
const MAX_TEXT = 2_000;
const MAX_TRANSCRIPT = 48_000;

/**
 * Participants speak one after the other until an end is reached: a keyword, agreement, a judge, the budget, or the turns. Who speaks next is never an excluded participant,
 * whatever a model says: what it says wrong falls back to the next in turn, and the plan entry tells so. A turn that fails fails the chat.
 */
export const groupChat: Pattern<GroupChatDef, State> = {
  start(def, view) {
    const used = fieldOf(view.lookup(['run'])?.value, 'microUsd');
    const state: State = {
      turn: 0,
      agreeing: 0,
      who: -1,
      usedBefore: typeof used === 'number' ? used : 0,
      endedBy: null,
    };
    if (speakers(def).length === 0) return { state, settle: failed('chat_silent', `${def.id}: nobody may speak`) };
    return next(def, state, view);
  },
  wanted: (_def, { plannedCount }) => ({ upTo: plannedCount, inFlight: 1 }),
  childSettled(def, child, view) {
    if (child.status !== 'completed') return { settle: endedAs(child) };
    switch (entryOf(view, child.index).role) {
      case 'select':
        return chosen(def, child, view);
      case 'speak':
        return spoken(def, child, view);
      case 'judge':
        return fieldOf(child.output, 'verdict') === 'VALID'
          ? end(def, view.state, 'judge', view)
          : next(def, view.state, view);
      case 'summarize':
        return { settle: { status: 'completed', output: { ...closing(view.state), summary: child.output ?? null } } };
    }
  },
  childDef(def, index, places) {
    const entry = entryOf(places, index);
    switch (entry.role) {
      case 'speak':
        return ask(`${def.id}-speak`, participantAt(def, entry.who).ask, SPEAK_INPUT);
      case 'select':
        return ask(`${def.id}-select`, modelOf(def), SELECT_INPUT);
      case 'judge':
        return ask(`${def.id}-judge`, def.end.judge?.ask, JUDGE_INPUT);
      case 'summarize':
        return ask(`${def.id}-summarize`, summaryOf(def), JUDGE_INPUT);
    }
  },
  provide(def, index, [name], scene) {
    const given = (value: Json) => ({ value, used: 1 });
    const entry = entryOf(scene, index);
    switch (name) {
      case 'topic':
        return given(resolveTemplate(def.topic, scene.lookup));
      case 'turn':
        return given(entry.role === 'speak' ? entry.turn : scene.state.turn);
      case 'speaker':
        return entry.role === 'speak' ? given(participantAt(def, entry.who).name) : undefined;
      case 'role':
        return entry.role === 'speak' ? given(participantAt(def, entry.who).role) : undefined;
      case 'participants':
        return given(
          speakers(def).map((who) => ({ name: participantAt(def, who).name, role: participantAt(def, who).role })),
        );
      case 'transcript':
        return given(said(def, scene, index, def.window).map(({ speaker, text }) => ({ speaker, text })));
      case 'earlier':
        return given(Math.max(0, (entry.role === 'speak' ? entry.turn - 1 : scene.state.turn) - def.window));
      default:
        return undefined;
    }
  },
  defaultInput: () => undefined,
  parts: () => [],
  *templates(def) {
    yield { pointer: '/topic', template: def.topic, names: [] };
    const names = ['topic', 'turn', 'speaker', 'role', 'participants', 'transcript', 'earlier'];
    for (const [i, participant] of def.participants.entries()) {
      const template = participant.ask.input;
      if (template !== undefined) yield { pointer: `/participants/${i}/ask/input`, template, names };
    }
    const asked = {
      '/select/model': modelOf(def),
      '/end/judge/ask': def.end.judge?.ask,
      '/output/summarize': summaryOf(def),
    };
    for (const [pointer, one] of Object.entries(asked)) {
      if (one?.input === undefined) continue;
      const known = names.filter((name) => name !== 'speaker' && name !== 'role');
      yield { pointer: `${pointer}/input`, template: one.input, names: known };
    }
  },
  *problems(def) {
    const names = def.participants.map(({ name }) => name);
    if (typeof def.select === 'object' && 'fixed' in def.select) {
      for (const [i, name] of def.select.fixed.entries())
        if (!names.includes(name))
          yield {
            pointer: `/select/fixed/${i}`,
            code: 'reference_unknown',
            message: `there is no participant ${name}; there are ${names.join(', ')}`,
          };
    }
    if (speakers(def).length === 0)
      yield { pointer: '/participants', code: 'no_start', message: 'every participant is silent: nobody may speak' };
  },
  schemas: () => [],
};

const SPEAK_INPUT: Json = {
  topic: { $from: '/topic' },
  turn: { $from: '/turn' },
  speaker: { $from: '/speaker' },
  role: { $from: '/role' },
  transcript: { $from: '/transcript' },
  earlier: { $from: '/earlier' },
};
const SELECT_INPUT: Json = {
  topic: { $from: '/topic' },
  participants: { $from: '/participants' },
  transcript: { $from: '/transcript' },
};
const JUDGE_INPUT: Json = { goal: { $from: '/topic' }, candidate: { $from: '/transcript' }, turn: { $from: '/turn' } };

/** Lets the next participant speak, or asks who that is. */
function next(
  def: GroupChatDef,
  state: State,
  view: Pick<View<State>, 'run' | 'path'>,
): Step<State> & { state: State } {
  if (modelOf(def) !== undefined && mayFollow(def, state.who).length > 1) return { state, plan: [{ role: 'select' }] };
  const { select } = def;
  if (select === 'random') {
    const able = mayFollow(def, state.who);
    const draw = Number.parseInt(digestOf(`${view.run} ${view.path} ${state.turn}`).slice(0, 8), 16) % able.length;
    return speak(state, able[draw] ?? 0, 'random');
  }
  if (typeof select === 'object' && 'fixed' in select) {
    const name = select.fixed[state.turn % select.fixed.length];
    const who = def.participants.findIndex((one) => one.name === name);
    if (who >= 0 && !participantAt(def, who).silent) return speak(state, who, 'fixed');
  }
  return speak(state, inTurn(def, state.who), 'roundRobin');
}

const speak = (state: State, who: number, by: string): Step<State> & { state: State } => ({
  state: { ...state, turn: state.turn + 1, who },
  plan: [{ role: 'speak', who, turn: state.turn + 1, by }],
});

/** The participant that a model named, when that one may speak. */
function chosen(def: GroupChatDef, child: SettledChild, { state }: View<State>): Step<State> {
  const name = fieldOf(child.output, 'next') ?? fieldOf(child.output, 'speaker') ?? child.output;
  const who = mayFollow(def, state.who).find((one) => participantAt(def, one).name === name);
  if (who !== undefined) return speak(state, who, 'model');
  return speak(state, inTurn(def, state.who), `roundRobin: the model named ${textOf(name, 80)}, who may not speak now`);
}

function spoken(def: GroupChatDef, child: SettledChild, view: View<State>): Step<State> {
  const { keyword, consensus, judge, microUsd } = def.end;
  const text = textOf(child.output, Number.MAX_SAFE_INTEGER);
  const state = { ...view.state, agreeing: fieldOf(child.output, 'agree') === true ? view.state.agreeing + 1 : 0 };
  if (keyword !== undefined && text.includes(keyword)) return end(def, state, 'keyword', view);
  if (consensus !== undefined && state.agreeing >= (consensus === 'all' ? speakers(def).length : consensus))
    return end(def, state, 'consensus', view);
  const used = fieldOf(view.lookup(['run'])?.value, 'microUsd');
  if (microUsd !== undefined && typeof used === 'number' && used - state.usedBefore >= microUsd)
    return end(def, state, 'budget', view);
  if (state.turn >= def.maxTurns) return end(def, state, 'turns', view);
  if (judge !== undefined && state.turn % judge.every === 0) return { state, plan: [{ role: 'judge' }] };
  return next(def, state, view);
}

function end(def: GroupChatDef, before: State, endedBy: string, view: View<State>): Step<State> {
  const state = { ...before, endedBy };
  if (summaryOf(def) !== undefined) return { state, plan: [{ role: 'summarize' }] };
  const all = said(def, view, view.plannedCount, def.output === 'transcript' ? def.maxTurns : 1);
  const last = all.at(-1);
  const output = { ...closing(state), speaker: last?.speaker ?? null, text: last?.text ?? '' };
  if (def.output !== 'transcript') return { state, settle: { status: 'completed', output } };
  return { state, settle: { status: 'completed', output: { ...output, transcript: within(all) } } };
}

const closing = ({ turn, endedBy }: State) => ({ turns: turn, endedBy });

/** The newest `most` texts before child `index`, oldest first. */
function said(def: GroupChatDef, scene: Pick<Scene<State>, 'planned' | 'output'>, index: number, most: number) {
  const texts: { speaker: string; text: string }[] = [];
  for (let i = index - 1; i >= 0 && texts.length < most; i--) {
    const entry = entryOf(scene, i);
    if (entry.role === 'speak')
      texts.push({ speaker: participantAt(def, entry.who).name, text: textOf(scene.output(i), MAX_TEXT) });
  }
  return texts.reverse();
}

/** The newest texts that fit an output. */
function within(texts: { speaker: string; text: string }[]): { speaker: string; text: string }[] {
  let room = MAX_TRANSCRIPT;
  const from = texts.findLastIndex(({ text }) => (room -= text.length) < 0);
  return texts.slice(from + 1);
}

/** Participants that may speak, in order. */
const speakers = (def: GroupChatDef): number[] => def.participants.flatMap(({ silent }, i) => (silent ? [] : [i]));

/** Who may speak after `who`: nobody twice in a row while there is somebody else. */
function mayFollow(def: GroupChatDef, who: number): number[] {
  const all = speakers(def);
  const others = all.filter((one) => one !== who);
  return others.length > 0 ? others : all;
}

const inTurn = (def: GroupChatDef, who: number): number => {
  const all = speakers(def);
  return all.find((one) => one > who) ?? all[0] ?? 0;
};

const modelOf = ({ select }: GroupChatDef) =>
  typeof select === 'object' && 'model' in select ? select.model : undefined;
const summaryOf = ({ output }: GroupChatDef) => (typeof output === 'object' ? output.summarize : undefined);

function participantAt(def: GroupChatDef, who: number): Participant {
  const found = def.participants[who];
  if (found === undefined) throw new Error(`chat ${def.id} has no participant ${who}`);
  return found;
}

const entryOf = ({ planned }: Pick<Planned<State>, 'planned'>, index: number): Entry => planned(index) as Entry;
