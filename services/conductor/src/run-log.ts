import type { Plan, RunState, Signal } from '@parley/core';
import { decide, evolve, initialState } from '@parley/core';
import type { Decision } from '@parley/contracts';
import { decisionHash, HEADER, partitionOf, RunDecision, sealDecision } from '@parley/contracts';
import type { Bus, StoredMessage, StreamOutgoing } from '@parley/bus';

/** The address of a run. */
export interface RunKey {
  readonly ns: string;
  readonly run: string;
}

/** A run as folded from its log up to `lastSequence`. Never changed in place: a new decision gives a new value. */
export interface RunLog {
  readonly key: RunKey;
  readonly subject: string;
  readonly state: RunState;
  /** Number of decisions; the newest one's hash and time. 0 and '' before the first. */
  readonly n: number;
  readonly hash: string;
  readonly at: number;
  /** Time of the first decision; 0 before it. */
  readonly startedAt: number;
  /** Stream sequence of the newest decision; 0 when there is none. */
  readonly lastSequence: number;
  readonly traceparent: string | undefined;
}

/** The log of a run does not verify: it is never continued. */
export class LogCorrupt extends Error {
  override readonly name = 'LogCorrupt';
}

/** Decisions larger than this are split by deciding on fewer signals. Bytes. */
export const MAX_DECISION_BYTES = 512 * 1024;

/** A decision on one signal may be larger, up to what the server takes (1 MiB) less its headers. Bytes. */
export const MAX_MESSAGE_BYTES = 1_000_000;

export const subjectOf = ({ ns, run }: RunKey): string =>
  RunDecision.toSubject({ ns, partition: partitionOf(run), runId: run });

/** A run without a decision. */
export const emptyLog = (key: RunKey): RunLog => ({
  key,
  subject: subjectOf(key),
  state: initialState(key.run),
  n: 0,
  hash: '',
  at: 0,
  startedAt: 0,
  lastSequence: 0,
  traceparent: undefined,
});

/** Folds one stored decision. Throws `LogCorrupt` on a gap, a fork or an edit. */
export function applyDecision(log: RunLog, decision: Decision, sequence: number, traceparent?: string): RunLog {
  if (decision.n !== log.n + 1) throw new LogCorrupt(`run ${log.key.run}: decision ${decision.n} follows ${log.n}`);
  if (decision.prev !== log.hash)
    throw new LogCorrupt(`run ${log.key.run}: decision ${decision.n} does not follow the one before it`);
  let state = log.state;
  for (const event of decision.events) state = evolve(state, event);
  return {
    ...log,
    state,
    n: decision.n,
    hash: decision.hash,
    at: decision.at,
    startedAt: log.n === 0 ? decision.at : log.startedAt,
    lastSequence: sequence,
    traceparent: log.traceparent ?? traceparent,
  };
}

/** Reads and verifies the whole log of a run; an unknown run is an empty log. */
export async function loadRun(bus: Bus, key: RunKey): Promise<RunLog> {
  let log = emptyLog(key);
  for await (const message of bus.read('RUNS', log.subject)) {
    const decision = readDecision(key, message);
    if (decisionHash(decision) !== decision.hash) {
      throw new LogCorrupt(`run ${key.run}: decision ${decision.n} was changed after it was written`);
    }
    log = applyDecision(log, decision, message.sequence, message.headers[HEADER.traceparent]);
  }
  return log;
}

function readDecision({ run }: RunKey, { payload, sequence }: StoredMessage): Decision {
  try {
    return RunDecision.decode(payload);
  } catch (cause) {
    throw new LogCorrupt(`run ${run}: message ${sequence} is not a decision`, { cause });
  }
}

/** True when the newest decision of a run ended it: one message instead of the whole log. */
export async function hasSettled(bus: Bus, key: RunKey): Promise<boolean> {
  const newest = await bus.last('RUNS', subjectOf(key));
  return newest !== undefined && RunDecision.decode(newest.payload).events.some((event) => event.type === 'RunSettled');
}

/** What a batch of signals changes: the message to append, and the log once it is appended. */
export interface NextDecision {
  readonly message: StreamOutgoing;
  readonly decision: Decision;
  /** The log with the decision applied, but for its sequence, which the append gives. */
  readonly next: RunLog;
}

/** Decides on signals. Undefined when they change nothing. Throws what `decide` throws. */
export function decideNext(
  plan: Plan | undefined,
  log: RunLog,
  signals: readonly Signal[],
  envelope: { source: string; traceparent: string | undefined },
): NextDecision | undefined {
  const at = signals.reduce((newest, signal) => Math.max(newest, signal.at), log.at);
  const { events, state } = decide(plan, log.state, signals, at);
  if (events.length === 0) return undefined;
  const { decision, payload } = sealDecision({
    v: 1,
    run: log.key.run,
    n: log.n + 1,
    prev: log.hash,
    at,
    causes: signals.map((signal) => signal.id),
    events,
  });
  const traceparent = log.traceparent ?? envelope.traceparent;
  // With the hash: another conductor's decision of the same number must conflict, not pass for this one as its duplicate.
  const id = `${log.key.run}-${decision.n}-${decision.hash.slice(0, 16)}`;
  return {
    message: {
      subject: log.subject,
      payload,
      id,
      expect: { lastSequence: log.lastSequence },
      headers: decisionHeaders(id, envelope.source, log.key.run, at, traceparent),
    },
    decision,
    next: {
      ...log,
      state,
      n: decision.n,
      hash: decision.hash,
      at,
      startedAt: log.n === 0 ? at : log.startedAt,
      traceparent,
    },
  };
}

function decisionHeaders(
  id: string,
  source: string,
  run: string,
  at: number,
  traceparent: string | undefined,
): Record<string, string> {
  const headers: Record<string, string> = {
    [HEADER.ceSpecVersion]: '1.0',
    [HEADER.ceId]: id,
    [HEADER.ceType]: `parley.${RunDecision.type}`,
    [HEADER.ceSource]: source,
    [HEADER.ceTime]: new Date(at).toISOString(),
    [HEADER.conversation]: run,
  };
  if (traceparent !== undefined) headers[HEADER.traceparent] = traceparent;
  return headers;
}
