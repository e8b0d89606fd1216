import { type MachineState, nearestName, type StateMachineDef } from '@parley/contracts';
import type { DefinitionProblem } from '../definition-error.ts';

/** What is wrong with a machine before any run: unknown states, states that cannot be reached, no way to an end, circles without a bound. */
export function* machineProblems({ initial, states, maxTransitions }: StateMachineDef): Iterable<DefinitionProblem> {
  const names = Object.keys(states);
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
  for (const name of reached) {
    if (isTrap(states, name))
      yield {
        pointer: `/states/${name}/on`,
        code: 'unbounded_cycle',
        message: `${name} always comes back to itself over edges that have neither a when nor a max; give one of them a max`,
      };
    else if (maxTransitions === undefined && isFirstOfCircle(states, name))
      yield {
        pointer: `/states/${name}/on`,
        code: 'unbounded_cycle',
        message: `${name} can be reached from itself over edges without a max; give one of them a max, or the machine a maxTransitions`,
      };
  }
}

function unknownState(name: string, names: readonly string[]): string {
  const nearest = nearestName(name, names);
  const hint = nearest === undefined ? `there are ${names.join(', ')}` : `the nearest is ${nearest}`;
  return `there is no state ${name}; ${hint}`;
}

function exits({ on, onFailure }: MachineState): { to: string; pointer: string }[] {
  const edges = on.map(({ to }, i) => ({ to, pointer: `/on/${i}/to` }));
  return onFailure === undefined ? edges : [...edges, { to: onFailure, pointer: '/onFailure' }];
}

type Edge = MachineState['on'][number];

/** The states that can be reached over edges of a kind, the first included. */
function reach(states: StateMachineDef['states'], from: string, follows: (edge: Edge) => boolean): Set<string> {
  const found = new Set<string>();
  const open = [from];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const state = Object.hasOwn(states, name) ? states[name] : undefined;
    if (state === undefined || found.has(name)) continue;
    found.add(name);
    for (const edge of state.on) if (follows(edge)) open.push(edge.to);
    if (state.onFailure !== undefined && follows({ to: state.onFailure })) open.push(state.onFailure);
  }
  return found;
}

const isUnbounded = ({ max }: Edge): boolean => max === undefined;

/** In a circle of edges without a bound, and the first of its states as they are written: each circle is told once. */
function isFirstOfCircle(states: StateMachineDef['states'], name: string): boolean {
  const from = (start: string) =>
    new Set(
      exits(states[start] ?? { on: [] })
        .filter(
          ({ pointer, to }) =>
            pointer === '/onFailure' || (states[start]?.on ?? []).some((edge) => edge.to === to && isUnbounded(edge)),
        )
        .flatMap(({ to }) => [...reach(states, to, isUnbounded)]),
    );
  const circle = [...from(name)].filter((other) => other === name || from(other).has(name));
  if (!circle.includes(name)) return false;
  return Object.keys(states).find((other) => circle.includes(other)) === name;
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
