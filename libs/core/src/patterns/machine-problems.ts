import { type MachineState, nearestName, type StateMachineDef } from '@parley/contracts';
import type { DefinitionProblem } from '../definition-error.ts';

/** States of one machine: what can be reached from each is looked at before any run. */
const MAX_STATES = 500;

/** What is wrong with a machine before any run: unknown states, states that cannot be reached, no way to an end, circles without a bound. */
export function* machineProblems({ initial, states, maxTransitions }: StateMachineDef): Iterable<DefinitionProblem> {
  const names = Object.keys(states);
  if (names.length > MAX_STATES) {
    yield {
      pointer: '/states',
      code: 'limit_exceeded',
      message: `there are ${names.length} states; at most ${MAX_STATES}, split the machine`,
    };
    return;
  }
  if (names.length === 0) yield { pointer: '/states', code: 'no_start', message: 'there is no state' };
  else if (!Object.hasOwn(states, initial))
    yield {
      pointer: '/initial',
      code: 'no_start',
      message: unknownState(initial, names),
    };
  for (const [name, state] of Object.entries(states)) {
    for (const { to, pointer } of exits(state)) {
      if (!Object.hasOwn(states, to))
        yield {
          pointer: `/states/${name}${pointer}`,
          code: 'reference_unknown',
          message: unknownState(to, names),
        };
    }
    if (state.final === undefined && state.on.length === 0)
      yield {
        pointer: `/states/${name}/on`,
        code: 'no_end',
        message: `${name} is not final and nothing leads out of it`,
      };
    if (state.final !== undefined && state.node !== undefined)
      yield {
        pointer: `/states/${name}/node`,
        code: 'unreachable',
        message: `${name} is final: its node is never begun`,
      };
  }
  const reached = reach(states, initial, () => true);
  for (const name of names)
    if (!reached.has(name))
      yield { pointer: `/states/${name}`, code: 'unreachable', message: `nothing leads from ${initial} to ${name}` };
  if (![...reached].some((name) => states[name]?.final !== undefined) && Object.hasOwn(states, initial))
    yield { pointer: '/states', code: 'no_end', message: `no final state can be reached from ${initial}` };
  const traps = [...reached].filter((name) => isTrap(states, name));
  for (const name of traps)
    yield {
      pointer: `/states/${name}/on`,
      code: 'unbounded_cycle',
      message: `${name} always comes back to itself over edges that have neither a when nor a max; give one of them a max`,
    };
  if (maxTransitions !== undefined || traps.length > 0) return;
  for (const name of circlesOf(states, reached))
    yield {
      pointer: `/states/${name}/on`,
      code: 'unbounded_cycle',
      message: `${name} can be reached from itself over edges without a max; give one of them a max, or the machine a maxTransitions`,
    };
}

/** Names an unknown state may be told with; the search for the nearest is dear. */
const NAMES_TOLD = 50;

function unknownState(name: string, names: readonly string[]): string {
  const known = names.slice(0, NAMES_TOLD);
  const nearest = nearestName(name, known);
  return `there is no state ${name}; ${nearest === undefined ? `there are ${known.join(', ')}` : `the nearest is ${nearest}`}`;
}

function exits({ on, onFailure }: MachineState): { to: string; pointer: string }[] {
  const edges = on.map(({ to }, i) => ({ to, pointer: `/on/${i}/to` }));
  return onFailure === undefined ? edges : [...edges, { to: onFailure, pointer: '/onFailure' }];
}

type Edge = MachineState['on'][number];

/** The states that can be reached over edges of a kind; the first is among them, or only when something leads back to it. */
function reach(
  states: StateMachineDef['states'],
  from: string,
  follows: (edge: Edge) => boolean,
  withFirst = true,
): Set<string> {
  const found = new Set<string>();
  const open = withFirst ? [from] : nextOf(states, from, follows);
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (found.has(name) || !Object.hasOwn(states, name)) continue;
    found.add(name);
    open.push(...nextOf(states, name, follows));
  }
  return found;
}

function nextOf(states: StateMachineDef['states'], name: string, follows: (edge: Edge) => boolean): string[] {
  const state = Object.hasOwn(states, name) ? states[name] : undefined;
  const next = (state?.on ?? []).filter(follows).map(({ to }) => to);
  return state?.onFailure === undefined ? next : [...next, state.onFailure];
}

/** The first, as they are written, of the states of each circle over edges without a bound. */
function* circlesOf(states: StateMachineDef['states'], reached: ReadonlySet<string>): Iterable<string> {
  const isUnbounded = ({ max }: Edge): boolean => max === undefined;
  const after = new Map([...reached].map((name) => [name, reach(states, name, isUnbounded, false)]));
  const told = new Set<string>();
  for (const name of Object.keys(states)) {
    const beyond = after.get(name);
    if (beyond?.has(name) !== true || told.has(name)) continue;
    for (const other of beyond) if (after.get(other)?.has(name) === true) told.add(other);
    yield name;
  }
}

/** Only edges that are always taken first hold a machine for ever; the cap on all transitions would end it, but as a failure. */
function isTrap(states: StateMachineDef['states'], name: string): boolean {
  const always = (state: string): string | undefined => {
    const [first] = states[state]?.on ?? [];
    return first !== undefined && first.when === undefined && first.max === undefined && first.gate === undefined
      ? first.to
      : undefined;
  };
  let at = always(name);
  for (let i = 0; at !== undefined && i <= Object.keys(states).length; i++) {
    if (at === name) return true;
    at = always(at);
  }
  return false;
}
