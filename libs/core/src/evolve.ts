import type { RunEvent, UsageTotals } from '@parley/contracts';
import { parseTaskId } from '@parley/contracts';
import { remembered } from './cache.ts';
import { advanced, closed, held, scheduled, settled, withoutOutput } from './evolve-node.ts';
import type { ActiveRun, EventOf, RunState, SettledRun } from './state.ts';
import { isActiveRun, isTask, MAX_HEARD } from './state.ts';
import { changeAt, nodeAt } from './tree.ts';

/** The state of a run that has no log yet. */
export const initialState = (run: string): RunState => ({ status: 'new', run });

/** The key of a late report: one is kept per task, attempt and agent. */
export const lateKey = (task: string, attempt: number, agent: string): string => `${task}#${attempt}#${agent}`;

/** Applies one event. All that a replay calls: it needs no definition and decides nothing. Throws only on a log that no decision could have written. */
export function evolve(state: RunState, event: RunEvent): RunState {
  if (event.type === 'RunStarted') {
    if (state.status !== 'new') throw new Error('a run starts once');
    const { type: _, ...identity } = event;
    const usage: UsageTotals = { inputTokens: 0, outputTokens: 0, microUsd: 0, modelCalls: 0 };
    return { run: state.run, status: 'running', ...definedOf(identity), epoch: 0, fence: 0, usage, steps: 0, late: [] };
  }
  if (state.status === 'new') throw new Error(`${event.type} before RunStarted`);
  if (event.type === 'LateReport') return lateReported(state, event);
  if (event.type === 'VoteRecorded') return heard(state, event.signal, event.refused !== undefined);
  if (event.type === 'SignalReceived') return received(state, event);
  if (!isActiveRun(state)) throw new Error(`${event.type} after RunSettled`);
  switch (event.type) {
    case 'NodeAdvanced': {
      const root = changeAt(state.root, event.path, (node) => advanced(node, event));
      return asksPeople(event) ? { ...state, root, asksPeople: true } : { ...state, root };
    }
    case 'TaskScheduled':
      return { ...state, root: changeAt(state.root, event.path, (node) => scheduled(node, event)) };
    case 'AttemptClosed':
      return {
        ...state,
        root: changeAt(state.root, event.path, (node) => closed(node, event)),
        usage: event.usage === undefined ? state.usage : addUsage(state.usage, event.usage),
      };
    case 'NodeSettled': {
      let isStep = false;
      let { cache } = state;
      const root = changeAt(state.root, event.path, (node) => {
        const after = settled(node, event);
        isStep = isTask(after) && event.skipped === undefined && event.cached === undefined;
        cache = remembered(cache, node, after);
        return after;
      });
      const steps = isStep ? state.steps + 1 : state.steps;
      return { ...state, root, steps, ...(cache === undefined ? {} : { cache }) };
    }
    case 'ControlApplied': {
      const { armed, ...rest } = state;
      const fence = event.verb === 'halt' ? event.epoch : state.fence;
      if (event.verb === 'resume')
        return { ...rest, status: 'running', epoch: event.epoch, fence, ...(armed === undefined ? {} : { armed }) };
      return { ...rest, status: event.verb === 'halt' ? 'halted' : 'paused', epoch: event.epoch, fence };
    }
    case 'SignalTaken':
      return { ...state, inbox: (state.inbox ?? []).filter(({ id }) => id !== event.id) };
    case 'WakeArmed':
      return { ...state, armed: event.dueAt };
    case 'RunSettled': {
      const { armed: _, cache: _cache, inbox: _kept, root, ...rest } = state;
      return {
        ...rest,
        status: event.status,
        settled: event,
        ...(root === undefined ? {} : { root: withoutOutput(root) }),
      };
    }
  }
}

const asksPeople = ({ kind, state }: EventOf<'NodeAdvanced'>): boolean =>
  kind === 'approval' || (kind === 'task' && 'question' in (state as object));

function heard<S extends ActiveRun | SettledRun>(state: S, key: string, isRefused: boolean): S {
  const keys = [...(state.heard ?? []), key].slice(-MAX_HEARD);
  return isRefused ? { ...state, heard: keys, refused: (state.refused ?? 0) + 1 } : { ...state, heard: keys };
}

function received(state: ActiveRun | SettledRun, event: EventOf<'SignalReceived'>): RunState {
  const { id, name, kept, refused, signal } = event;
  const after = heard(state, refused === undefined ? `event ${id}` : signal, refused !== undefined);
  if (kept === undefined || !isActiveRun(after)) return after;
  return { ...after, inbox: [...(after.inbox ?? []), { id, name, payload: kept.payload }] };
}

/** An object without its undefined fields. */
function definedOf<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as never;
}

function lateReported(state: ActiveRun | SettledRun, event: EventOf<'LateReport'>): RunState {
  const late = [...state.late, lateKey(event.task, event.attempt, event.agent)];
  const path = parseTaskId(event.task)?.path;
  if (!isActiveRun(state) || event.reason !== 'fenced' || path === undefined) return { ...state, late };
  const node = nodeAt(state.root, path);
  if (node?.status !== 'open' || !isTask(node) || node.closedBy.length + 1 !== event.attempt) return { ...state, late };
  return { ...state, late, root: changeAt(state.root, path, (open) => held(open, event.agent)) };
}

const addUsage = (a: UsageTotals, b: UsageTotals): UsageTotals => ({
  inputTokens: a.inputTokens + b.inputTokens,
  outputTokens: a.outputTokens + b.outputTokens,
  microUsd: a.microUsd + b.microUsd,
  modelCalls: a.modelCalls + b.modelCalls,
});
