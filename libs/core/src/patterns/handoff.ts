import type { HandoffDef, HandoffRule, HandoffTarget, Json, TaskDef } from '@parley/contracts';
import { HOLDERS_REMEMBERED } from '../evolve-handoff.ts';
import { closesCircle } from '../handoff.ts';
import { endedAs, failed } from './outcome.ts';
import type { Pattern, Planned, Scene, Step, View } from './pattern.ts';

type State = {
  /** Hand-offs so far, by rules and by the agents of the tasks that have completed. */
  hops: number;
  /** Who was asked, newest last, at most eight. */
  way: string[];
};

/** A task that a rule decided on. */
type Hop = { rule: number; from: string; hop: number; handoffs: number };

/**
 * Passes work on by rules, without a model. After each result the first rule that holds names who is next; they see the result before and why they were
 * asked, nothing else of what went on. No rule holds: the newest result is the output. A task that fails fails the node.
 *
 * Agents may also hand over what they got by themselves: those hops draw from the same budget. It ends as `handoff_exhausted` when that is spent, and
 * as `handoff_cycle` when the work goes in a circle.
 */
export const handoff: Pattern<HandoffDef, State> = {
  start: (def) => ({ state: { hops: 0, way: [nameOf(def.first)] } }),
  wanted: (_def, { plannedCount }) => ({ upTo: 1 + plannedCount, inFlight: 1 }),
  childSettled(def, child, view) {
    if (child.status !== 'completed') {
      return { settle: endedAs(child) };
    }
    const result = child.output ?? null;
    const from = targetOf(def, child.index, view).capability;
    const hops = view.state.hops + view.hopsOf(child.index);
    const rule = def.rules.findIndex(({ when }) => view.evaluate(when, { result, from, hop: hops }) === true);
    const matching = def.rules[rule];
    if (matching === undefined) return { settle: { status: 'completed', output: result } };
    return passOn(def, { rule, matching, from, hops }, view);
  },
  childDef(def, index, planned) {
    const { capability, agents, input } = targetOf(def, index, planned);
    const template = input ?? (index === 0 ? undefined : resultAndInput(def));
    return {
      kind: 'task',
      id: capability,
      capability,
      ...(agents === undefined ? {} : { agents }),
      ...(template === undefined ? {} : { input: template }),
      criteria: 'balanced',
      performMs: def.performMs,
      attempts: def.attempts,
      handoffs: hopAt(planned, index)?.handoffs ?? def.maxHops,
    } satisfies TaskDef;
  },
  provide(def, index, tokens, scene) {
    const hop = hopAt(scene, index);
    if (hop === undefined) return undefined;
    if (tokens[0] === 'previous') return { value: scene.output(index - 1) ?? null, used: 1 };
    if (tokens[0] !== 'handoff') return undefined;
    return { value: { from: hop.from, reason: ruleOf(def, hop).reason, hop: hop.hop }, used: 1 };
  },
  defaultInput: () => undefined,
  parts: () => [],
  *templates(def) {
    if (def.first.input !== undefined) yield { pointer: '/first/input', template: def.first.input, names: [] };
    for (const [i, { to }] of def.rules.entries()) {
      if (to.input === undefined) continue;
      yield { pointer: `/rules/${i}/to/input`, template: to.input, names: ['previous', 'handoff'] };
    }
  },
  *expressions(def) {
    for (const [i, { when }] of def.rules.entries()) {
      yield { pointer: `/rules/${i}/when`, expression: when, names: ['result', 'from', 'hop'] };
    }
  },
  schemas: () => [],
};

function passOn(
  def: HandoffDef,
  { rule, matching, from, hops }: { rule: number; matching: HandoffRule; from: string; hops: number },
  { state: { way } }: View<State>,
): Step<State> {
  const next = nameOf(matching.to);
  if (hops >= def.maxHops) {
    return {
      settle: failed(
        'handoff_exhausted',
        `${def.id} was handed over ${hops} times, its limit, and ${from} ends in another`,
      ),
    };
  }
  const after = [...way, next];
  if (closesCircle(way, next))
    return { settle: failed('handoff_cycle', `${def.id} goes in a circle: ${after.join(' → ')}`) };
  const hop: Hop = { rule, from, hop: hops + 1, handoffs: def.maxHops - hops - 1 };
  return { state: { hops: hops + 1, way: after.slice(-HOLDERS_REMEMBERED) }, plan: [hop] };
}

/** What the platform recorded for child `index`; the first child comes from the definition. */
const hopAt = ({ planned }: Planned<State> | Scene<State>, index: number): Hop | undefined =>
  index === 0 ? undefined : (planned(index - 1) as Hop | undefined);

const targetOf = (def: HandoffDef, index: number, planned: Planned<State>): HandoffTarget => {
  const hop = hopAt(planned, index);
  return hop === undefined ? def.first : ruleOf(def, hop).to;
};

function ruleOf(def: HandoffDef, { rule }: Hop): HandoffRule {
  const found = def.rules[rule];
  if (found === undefined) throw new Error(`handoff ${def.id} has no rule ${rule}`);
  return found;
}

const resultAndInput = (def: HandoffDef): Json => ({
  input: def.first.input ?? { $from: '/input' },
  previous: { $from: '/previous' },
  handoff: { $from: '/handoff' },
});

/** A target as circles are looked for: the same capability of other agents is somebody else. */
const nameOf = ({ capability, agents }: HandoffTarget): string =>
  agents === undefined ? capability : `${capability} (${agents.join(', ')})`;
