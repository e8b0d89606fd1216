import { changedWorkItems, isActiveRun, isHeard, type Plan, type Signal } from '@parley/core';
import { ContractError, type Decision } from '@parley/contracts';
import type { Bus } from '@parley/bus';
import { spanName, withSpan } from '@parley/tracing';
import { describeDecision } from './decision-span.ts';
import type { Effects } from './effects.ts';
import { type Batch, Mailboxes, type Mail } from './mailboxes.ts';
import { RunCache } from './run-cache.ts';
import {
  decideNext,
  emptyLog,
  hasSettled,
  loadRun,
  LogCorrupt,
  MAX_DECISION_BYTES,
  MAX_MESSAGE_BYTES,
  type NextDecision,
  type RunLog,
} from './run-log.ts';
import type { ConductorEvents } from './events.ts';
import type { Workflows } from './workflows.ts';

export interface EngineDependencies {
  readonly bus: Bus;
  readonly workflows: Workflows;
  readonly effects: Effects;
  readonly events: ConductorEvents;
  /** Sender named in message headers: `/conductor/{instance}`. */
  readonly source: string;
  /** Runs kept in memory. */
  readonly cacheRuns: number;
}

/** A run whose decision is about to be appended. */
interface Prepared {
  readonly batch: Batch;
  readonly next: NextDecision;
}

/**
 * Turns signals into decisions. Per batch of a run: load → decide → append with the expected sequence → effects → settle the signals.
 *
 * 1. A run is in one batch at a time (mailbox); two conductors may still race: the append lets one win, the other reloads and decides again.
 * 2. A signal is settled only after everything that it caused is stored.
 * 3. Runs that are ready at the same moment share one store call; a slow or conflicting run does not hold back the others' next batches.
 */
export class Engine {
  readonly #deps: EngineDependencies;
  readonly #mail = new Mailboxes();
  readonly #cache: RunCache;
  #idleWaiters: (() => void)[] = [];

  constructor(deps: EngineDependencies) {
    this.#deps = deps;
    this.#cache = new RunCache(deps.cacheRuns);
  }

  /** Takes the signals that arrived together. */
  accept(mail: readonly Mail[]): void {
    for (const item of mail) this.#mail.put(item);
    this.#turn();
  }

  /** The run as its log has it now. `newest` is the sequence of its newest decision, where that is known. */
  async run(key: Batch['key'], newest?: number): Promise<{ log: RunLog; plan: Plan | undefined }> {
    const known = this.#cache.get(key);
    const current = known !== undefined && (await this.#isCurrent(known, newest));
    const log = current ? known : await loadRun(this.#deps.bus, key);
    return { log, plan: await this.#planOf(log) };
  }

  /** False when another conductor has appended to the run since this one folded it. */
  async #isCurrent(log: RunLog, newest?: number): Promise<boolean> {
    return log.lastSequence >= (newest ?? (await this.#deps.bus.last('RUNS', log.subject))?.sequence ?? 0);
  }

  /** Settles when no signal is being decided on. */
  async idle(): Promise<void> {
    if (!this.#mail.idle) await new Promise<void>((resolve) => this.#idleWaiters.push(resolve));
  }

  #turn(): void {
    const prepared: Prepared[] = [];
    for (const batch of this.#mail.take()) {
      const log = this.#cache.get(batch.key) ?? expectedNew(batch);
      const ready = log === undefined ? undefined : this.#planNow(log, batch);
      if (log === undefined || ready === undefined) void this.#loadThenDecide(batch);
      else this.#prepare(batch, log, ready.plan, prepared);
    }
    if (prepared.length > 0) void this.#append(prepared);
  }

  #planNow(log: RunLog, batch: Batch): { plan: Plan | undefined } | undefined {
    const digest = digestOf(log, batch);
    if (digest === undefined) return { plan: undefined };
    const plan = this.#deps.workflows.planNow(digest);
    return plan === undefined ? undefined : { plan };
  }

  async #planOf(log: RunLog, batch?: Batch): Promise<Plan | undefined> {
    const digest = digestOf(log, batch);
    return digest === undefined ? undefined : await this.#deps.workflows.plan(digest);
  }

  /** A settled run is asked for rarely; kept, it would only age in memory. */
  #remember(log: RunLog): void {
    if (log.state.status === 'new' || isActiveRun(log.state)) this.#cache.set(log);
    else this.#cache.drop(log.key);
  }

  async #loadThenDecide(batch: Batch): Promise<void> {
    const prepared: Prepared[] = [];
    try {
      if (isOnlyWakes(batch) && (await hasSettled(this.#deps.bus, batch.key))) return this.#settle(batch);
      const log = await loadRun(this.#deps.bus, batch.key);
      const plan = await this.#planOf(log, batch);
      this.#remember(log);
      this.#prepare(batch, log, plan, prepared);
    } catch (error) {
      this.#giveBack(batch, error);
      return;
    }
    if (prepared.length > 0) await this.#append(prepared);
  }

  /** Decides on a batch; a batch that changes nothing is settled at once. */
  #prepare(batch: Batch, log: RunLog, plan: Plan | undefined, prepared: Prepared[]): void {
    const { fit, rest } = this.#decide(batch, log, plan);
    for (const item of rest) this.#mail.put(item);
    if (fit === undefined) return this.#release(batch);
    if (fit.next === undefined) void this.#settleUnchanged(fit.batch, log);
    else prepared.push({ batch: fit.batch, next: fit.next });
  }

  /**
   * Decides on as much of the batch as one decision may hold. When `decide` throws on several signals they are decided on one at a time,
   * so that only the poisonous one is dead-lettered.
   */
  #decide(
    batch: Batch,
    log: RunLog,
    plan: Plan | undefined,
  ): { fit: { batch: Batch; next: NextDecision | undefined } | undefined; rest: Mail[] } {
    let mail = batch.mail;
    const rest: Mail[] = [];
    const narrow = (count: number): void => {
      rest.unshift(...mail.slice(count));
      mail = mail.slice(0, count);
    };
    for (;;) {
      const first = mail[0];
      if (first === undefined) return { fit: undefined, rest };
      try {
        const traceparent = log.n === 0 ? first.traceparent : log.traceparent;
        const next = withSpan(spanName.decide, { parent: traceparent }, (span) => {
          const on = (signals: readonly Signal[]): NextDecision | undefined =>
            decideNext(plan, log, signals, { source: this.#deps.source, traceparent });
          let decided = on(mail.map((item) => item.signal));
          const bytes = decided?.message.payload.length ?? 0;
          if (mail.length === 1 && bytes > MAX_MESSAGE_BYTES) {
            this.#deps.events.oversized(log.key.run, bytes);
            decided = on([endInstead(first.signal, bytes)]);
          }
          if (span.isRecording()) describeDecision(span, log.key, plan, mail.length, decided);
          return decided;
        });
        if (next === undefined || next.message.payload.length <= MAX_DECISION_BYTES || mail.length === 1) {
          return { fit: { batch: { key: batch.key, mail }, next }, rest };
        }
        narrow(Math.ceil(mail.length / 2));
      } catch (error) {
        if (mail.length > 1) narrow(1);
        else {
          first.poison(error);
          mail = rest.splice(0, 1);
        }
      }
    }
  }

  async #append(prepared: readonly Prepared[]): Promise<void> {
    let results: Awaited<ReturnType<Bus['store']>>;
    try {
      results = await this.#deps.bus.store(prepared.map(({ next }) => next.message));
    } catch (error) {
      for (const { batch } of prepared) this.#giveBack(batch, error);
      return;
    }
    for (const [i, { batch, next }] of prepared.entries()) {
      const result = results[i];
      if (result instanceof Error) {
        if (result.code === 'conflict') this.#lostRace(batch);
        else if (result.code === 'too_large') this.#poison(batch, result);
        else this.#giveBack(batch, result);
      } else if (result !== undefined) {
        const log = { ...next.next, lastSequence: result.sequence };
        this.#remember(log);
        this.#deps.events.decided(next.decision, batch.mail.length);
        this.#finish(batch, log, next);
      }
    }
    this.#turn();
  }

  #finish(batch: Batch, log: RunLog, { decision }: NextDecision): void {
    const opened =
      decision.events.some((event) => event.type === 'WakeArmed' || event.type === 'RunSettled') ||
      changedWorkItems(log.state, decision.events).length > 0;
    const redelivered = batch.mail.some((item) => item.redelivered);
    if (!opened && !redelivered) return this.#settle(batch, (signal) => refusalOf(signal, decision));
    // With a signal that may have been decided on before, also what that decision opened.
    const emit = redelivered ? this.#deps.effects.emitOpen(log) : this.#deps.effects.emitNew(log, decision.events);
    emit.then(
      () => this.#settle(batch, (signal) => refusalOf(signal, decision)),
      (error: unknown) => this.#giveBack(batch, error),
    );
  }

  /**
   * Nothing changed: applied before, late or stale. Its effects are emitted again before it is acked. No append guards this verdict, so it
   * counts only on the newest fold: on an older one a signal may name an attempt that another conductor has opened since.
   */
  async #settleUnchanged(batch: Batch, log: RunLog): Promise<void> {
    try {
      if (!(await this.#isCurrent(log))) return this.#decideAgain(batch);
      if (log.n > 0) await this.#deps.effects.emitOpen(log);
      this.#settle(batch, (signal) => unheard(signal, log));
    } catch (error) {
      this.#giveBack(batch, error);
    }
  }

  /** What people or the world said and the run did not take in comes back to operators: refused, for no run, or one of too many. */
  #settle(batch: Batch, refusal: (signal: Signal) => ContractError | undefined = () => undefined): void {
    for (const item of batch.mail) {
      const refused = refusal(item.signal);
      if (refused === undefined) item.done();
      else item.poison(refused);
    }
    this.#release(batch);
  }

  #lostRace(batch: Batch): void {
    this.#deps.events.conflict(batch.key.run);
    this.#decideAgain(batch);
  }

  /** Decides on the batch from the log as it is now. */
  #decideAgain(batch: Batch): void {
    this.#cache.drop(batch.key);
    for (const item of batch.mail) this.#mail.put({ ...item, redelivered: true });
    this.#release(batch);
  }

  #poison(batch: Batch, error: unknown): void {
    this.#cache.drop(batch.key);
    for (const item of batch.mail) item.poison(error);
    this.#release(batch);
  }

  #giveBack(batch: Batch, error: unknown): void {
    if (error instanceof LogCorrupt) {
      this.#deps.events.corrupt(batch.key.run, error);
      return this.#poison(batch, error);
    }
    this.#deps.events.deferred(batch.key.run, error);
    this.#cache.drop(batch.key);
    for (const item of batch.mail) item.again();
    this.#release(batch);
  }

  #release(batch: Batch): void {
    const more = this.#mail.release(batch.key);
    if (more) setImmediate(() => this.#turn());
    else if (this.#mail.idle) for (const wake of this.#idleWaiters.splice(0)) wake();
  }
}

/** Why an event was not taken in, as the decision says. A vote that does not count is answered by its record. */
function refusalOf({ id }: Signal, { events }: Decision): ContractError | undefined {
  const received = events.find((event) => event.type === 'SignalReceived' && event.signal === id);
  if (received?.type !== 'SignalReceived' || received.refused === undefined) return undefined;
  return new ContractError(received.refused.code, received.refused.message);
}

/** A vote or event that left no trace: there is no such run, or so much was refused before that no more is recorded. */
function unheard(signal: Signal, { state, key }: RunLog): ContractError | undefined {
  if (signal.kind !== 'approval' && signal.kind !== 'event') return undefined;
  if (state.status === 'new') return new ContractError('run_unknown', `there is no run ${key.run}`);
  if (isHeard(state, signal)) return undefined;
  return new ContractError('state_conflict', `run ${key.run} has refused so much that it keeps no more record of it`);
}

/** In place of a signal that alone decides more than a message may hold (the merged outputs of many branches): the run ends and says so. */
const endInstead = ({ id, at }: Signal, bytes: number): Signal => ({
  id,
  at,
  kind: 'cancel',
  by: 'conductor',
  reason: `the next decision would have ${bytes} bytes, more than a message may have; let branches return less, or references to what they made`,
});

/** Every run leaves a last wake-up behind that finds it settled. (One that comes again may itself have settled the run, and has effects to emit.) */
const isOnlyWakes = ({ mail }: Batch): boolean =>
  mail.every(({ signal, redelivered }) => signal.kind === 'wake' && !redelivered);

/**
 * The first delivery of a submission most likely starts its run: the log is taken to be empty without a look. Where it is not (the same
 * idempotency key again), the append finds out, and the log is read.
 */
const expectedNew = ({ key, mail }: Batch): RunLog | undefined =>
  mail.every(({ signal, redelivered }) => signal.kind === 'submitted' && !redelivered) ? emptyLog(key) : undefined;

/** The digest of the definition that a run is pinned to: from its log, or from the submission that starts it. */
function digestOf(log: RunLog, batch?: Batch): string | undefined {
  if (log.state.status !== 'new') return log.state.digest;
  for (const { signal } of batch?.mail ?? []) if (signal.kind === 'submitted') return signal.digest;
  return undefined;
}
