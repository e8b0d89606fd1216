import { type Json, LONGEST_WAIT_MS, momentOf, type WaitDef } from '@parley/contracts';
import type { Node } from '../state.ts';
import { resolveTemplate } from '../template.ts';
import { failed } from './outcome.ts';
import type { Pattern, Step } from './pattern.ts';

export type WaitState = {
  /** The event that is waited for; null: only time. */
  event: string | null;
  /** When it is over, milliseconds since 1970. */
  until: number;
};

/**
 * Waits for time, or for an event from outside. It has no children and one state: it ends at `until`, or as soon as its event is there. An event that came before is taken out of the
 * run's inbox; one that comes while several nodes wait for it goes to all of them.
 */
export const wait: Pattern<WaitDef, WaitState> = {
  start(def, view) {
    const { ms, event } = def;
    if (event !== undefined) {
      const state = { event: event.name, until: view.now + event.timeoutMs };
      const kept = view.inbox(event.name);
      return kept === undefined ? waiting(state) : { ...over(state, kept.payload), takes: kept.id };
    }
    const until = ms === undefined ? momentOf(resolveTemplate(def.until ?? null, view.lookup)) : view.now + ms;
    const state = { event: null, until: until ?? view.now };
    if (until === undefined) return { state, settle: failed('wait_invalid', `${def.id}: ${NO_MOMENT}`) };
    if (until > view.now + LONGEST_WAIT_MS)
      return { state, settle: failed('wait_invalid', `${def.id}: nothing waits longer than 400 days`) };
    return until <= view.now ? over(state, null) : waiting(state);
  },
  wanted: () => ({ upTo: 0, inFlight: 0 }),
  childSettled: () => ({}),
  childDef: (def) => {
    throw new Error(`wait ${def.id} has no children`);
  },
  due(def, { state, now }) {
    if (now < state.until) return waiting(state);
    if (state.event === null || def.onTimeout === 'continue') return over(state, null);
    return { state, settle: failed('wait_timeout', `${def.id}: no event ${state.event} came in time`) };
  },
  signalled(_def, signal, { state, now }) {
    if (signal.kind !== 'event' || signal.name !== state.event || now >= state.until) return {};
    return { settle: { status: 'completed', output: signal.payload } };
  },
  provide: () => undefined,
  defaultInput: () => undefined,
  parts: () => [],
  *templates({ until }) {
    if (until !== undefined) yield { pointer: '/until', template: until, names: [] };
  },
  *problems({ until }) {
    const isWritten = typeof until === 'string' || typeof until === 'number';
    if (isWritten && momentOf(until) === undefined)
      yield { pointer: '/until', code: 'wait_invalid', message: NO_MOMENT };
  },
  schemas: () => [],
};

/** True when the node at hand would take such an event now. */
export function waitsFor(node: Node, name: string, now: number): boolean {
  if (node.kind !== 'wait' || node.status !== 'active') return false;
  const { event, until } = node.state as WaitState;
  return event === name && now < until;
}

const NO_MOMENT = 'until is a moment with its zone, such as "2030-01-31T09:00:00Z", or milliseconds since 1970';
const waiting = (state: WaitState): Step<WaitState> & { state: WaitState } => ({ state, dueAt: state.until });

const over = (state: WaitState, output: Json): Step<WaitState> & { state: WaitState } => ({
  state,
  settle: { status: 'completed', output },
});
