import type { Board, Boards } from '@parley/board';
import type { Bus, Delivery } from '@parley/bus';
import { Award, HEADER, type Json } from '@parley/contracts';
import type { z } from 'zod';
import type { AgentLog } from './agent-log.ts';
import type { AgentMetrics } from './agent-metrics.ts';
import { type Blobs, mayHoldBlob } from './blobs.ts';
import { createContext } from './context.ts';
import type { ControlFeed } from './control.ts';
import type { ControlView } from './control-view.ts';
import type { Agent } from './define-agent.ts';
import { StopWork, TerminalError } from './errors.ts';
import { createExchange } from './exchange.ts';
import { failureOf, isBug } from './failure.ts';
import { issueText } from './issue-text.ts';
import { HumanAsked } from './ask-human.ts';
import { HandoffRequested } from './handoff.ts';
import { type Entry, outcomeName } from './journal-cursor.ts';
import { type Journal, openJournal } from './journal.ts';
import type { PaidCalls } from './paid-call.ts';
import { addUsage, noUsage, type PaidAnswer, type Performance, type TaskMeta } from './performance.ts';
import type { ReportBatch } from './report-batch.ts';
import { type Outcome, type Reporter, reportOf } from './task-report.ts';
import { GenAi, GenAiOperation, Parley, type Span, spanName, traceparentOf, withSpan } from '@parley/tracing';
import { wait } from './wait.ts';

/** What an award asks of its holder; why it was made is not checked, since nothing here reads it. */
export const AwardedWork = Award.body.omit({ reasons: true });
export type AwardBody = z.infer<typeof AwardedWork>;

/** What the works of one instance share. */
export interface WorkPorts {
  readonly agent: Agent;
  readonly ns: string;
  readonly instance: string;
  readonly bus: Bus;
  readonly blobs: Blobs;
  readonly control: ControlFeed;
  readonly controlView: ControlView;
  readonly reporter: Reporter;
  readonly reports: ReportBatch;
  readonly paidCalls: PaidCalls;
  readonly boards: Boards | undefined;
  readonly model: string | undefined;
  readonly log: AgentLog;
  readonly metrics: AgentMetrics;
}

/** Another holder was seen: long enough for it to finish an exchange. */
const LOST_DELAY_MS = 500;
const LEAVING_DELAY_MS = 50;
const ABORTED_CALL_MS = 1_000;

/**
 * One delivery of an award, from its arrival to its settlement:
 *
 * 1. Nothing is done before control has been read to its end, nor for a stopped epoch or after the deadline.
 * 2. A redelivered or continued task reads its journal first; a journaled outcome is reported again without performing.
 * 3. The delivery is acked only after the report is stored, or when the attempt is not open any more.
 * 4. After `stop` nothing is journaled and no exchange begins, whatever agent code still does.
 */
export class Work {
  readonly award: AwardBody;
  /** By the monotonic clock, milliseconds; the sweep of the loop stops works that are past it. */
  readonly expiresAtMs: number;
  readonly #ports: WorkPorts;
  readonly #deliveries: [Delivery, ...Delivery[]];
  readonly #startedAtMs = performance.now();
  readonly #stopping = Promise.withResolvers<never>();
  #ended: (() => void)[] | undefined = [];
  readonly #usage = noUsage();
  #abort: AbortController | undefined;
  #stopped: Error | undefined;
  #pausing: string | undefined;
  /** Agent code has ended the attempt: handed over, or waiting for people. */
  #ending: HandoffRequested | HumanAsked | undefined;
  #journal: Journal | undefined;
  #board: Promise<Board> | undefined;
  readonly #calls = new Set<Promise<PaidAnswer>>();

  constructor(ports: WorkPorts, award: AwardBody, delivery: Delivery) {
    this.#ports = ports;
    this.award = award;
    this.#deliveries = [delivery];
    this.expiresAtMs = this.#startedAtMs + award.performMs;
    this.#stopping.promise.catch(() => {});
  }

  /** Milliseconds from the delivery on, and micro-USD of this attempt. */
  get spent(): { readonly ms: number; readonly microUsd: number } {
    return { ms: performance.now() - this.#startedAtMs, microUsd: this.#usage.microUsd };
  }

  /** Calls back when the deliveries are settled. */
  onEnded(listener: () => void): void {
    if (this.#ended === undefined) listener();
    else this.#ended.push(listener);
  }

  /** Does the work; to be called once. */
  start(): void {
    this.#run().catch((error: unknown) => this.#leave(error));
  }

  /** The same attempt was delivered again while in hand: settled together with the first. */
  join(delivery: Delivery): void {
    this.#deliveries.push(delivery);
  }

  /** Ends the work with this reason; the first reason counts. */
  stop(reason: Error): void {
    if (this.#stopped !== undefined) return;
    this.#stopped = reason;
    this.#abort?.abort(reason);
    this.#stopping.reject(reason);
  }

  /** Lets the running exchange end and be journaled, and stops at the next one. */
  pause(reason: string): void {
    this.#pausing ??= reason;
  }

  #run(): Promise<void> {
    const { agent, ns } = this.#ports;
    const { run, task, attempt, capability } = this.award;
    const attributes = {
      [GenAi.OPERATION_NAME]: GenAiOperation.INVOKE_AGENT,
      [GenAi.AGENT_NAME]: agent.name,
      [GenAi.AGENT_VERSION]: agent.card.version,
      [Parley.NAMESPACE]: ns,
      [Parley.RUN_ID]: run,
      [Parley.TASK_ID]: task,
      [Parley.ATTEMPT]: attempt,
      [Parley.CAPABILITY]: capability,
    };
    const parent = this.#deliveries[0].headers[HEADER.traceparent];
    return withSpan(spanName.invokeAgent(agent.name), { parent, attributes }, async (span) => {
      const outcome = await this.#outcome();
      span.setAttribute(Parley.OUTCOME, outcome.kind);
      await this.#report(outcome, span);
    });
  }

  /** What is to be reported; throws `StopWork` when nothing is. */
  async #outcome(): Promise<Outcome> {
    try {
      const outcome = await this.#resumeOrPerform();
      return this.#journal === undefined ? outcome : await this.#journalOutcome(outcome);
    } catch (error) {
      if (error instanceof StopWork && error.kind !== 'parked') throw error;
      await this.#callsEnded();
      if (error instanceof StopWork) return parked(error);
      if (isBug(error)) this.#ports.log.error({ event: 'task.bug', ...this.#ids(), err: error });
      return { kind: 'failed', error: failureOf(error) };
    }
  }

  async #resumeOrPerform(): Promise<Outcome> {
    const { control, controlView, bus } = this.#ports;
    if (!control.caughtUp) await Promise.race([control.ready(), this.#stopping.promise]);
    const stop = controlView.stopFor(this.award);
    if (stop !== undefined) throw new StopWork('parked', `${stop.verb}: ${stop.reason}`);
    if (bus.now() > this.award.deadlineAt) throw new StopWork('dropped', 'the deadline of the attempt has passed');
    if (this.award.continues || this.#deliveries[0].deliveries > 1) {
      const known = await this.#readJournal();
      if (known !== undefined) return known;
    }
    try {
      return await this.#perform();
    } catch (error) {
      // What never will work is an outcome to be journaled; anything else may go another way when it is tried again.
      if (!(error instanceof TerminalError)) throw error;
      return { kind: 'failed', error: failureOf(error) };
    }
  }

  async #readJournal(): Promise<Outcome | undefined> {
    const journal = this.#openJournal();
    try {
      await journal.load();
      return (await journal.outcome(this.#answered)) as Outcome | undefined;
    } catch (error) {
      if (error instanceof TerminalError) throw error;
      throw new StopWork('lost', 'the journal could not be read', { cause: error });
    }
  }

  /** The newest attempt whose handoff or question is answered. */
  get #answered(): number {
    return Math.max(this.award.answered ?? 0, this.award.answer?.attempt ?? 0);
  }

  /** Only a task with exchanges has something to resume; the report of any other is its record. */
  async #journalOutcome(outcome: Outcome): Promise<Outcome> {
    const journal = this.#openJournal();
    const { attempt } = this.award;
    if (journal.length === 0 || (await journal.outcome(this.#answered)) !== undefined) return outcome;
    await journal.append({
      kind: 'outcome',
      name: outcomeName(outcome.kind, attempt),
      request: '',
      result: outcome as unknown as Json,
      usage: undefined,
    });
    return outcome;
  }

  async #perform(): Promise<Outcome> {
    const { agent, blobs } = this.#ports;
    const { capability } = this.award;
    const schemas = agent.capabilities[capability];
    if (schemas === undefined) throw new TerminalError('capability_unknown', `${agent.name} cannot ${capability}`);
    const { returned } = this.award;
    const holdsBlobs = mayHoldBlob(this.#deliveries[0].payload);
    const given = holdsBlobs ? await blobs.restore(this.award.input) : this.award.input;
    const input = schemas.input.safeParse(given);
    if (!input.success) throw new TerminalError('input_invalid', issueText(input.error), { cause: input.error });
    this.#throwIfStopped();
    const back =
      returned === undefined || !holdsBlobs ? returned : { ...returned, output: await blobs.restore(returned.output) };
    const context = createContext(this.#ground(back), agent.tools);
    const answer = await this.#answerOf(() => agent.perform(capability, input.data, context));
    this.#throwIfStopped();
    if (answer instanceof HandoffRequested) return { kind: 'handoff', ...answer.request };
    if (answer instanceof HumanAsked) return { kind: 'ask', request: answer.request };
    const output = schemas.output.safeParse(answer);
    if (!output.success) throw new TerminalError('result_invalid', issueText(output.error), { cause: output.error });
    return { kind: 'result', output: asJson(output.data) };
  }

  /** What `perform` answered: a handoff or question, also when agent code did not let the request pass. */
  async #answerOf(perform: () => unknown): Promise<unknown> {
    try {
      const performing = perform();
      const answer = isPromise(performing) ? await Promise.race([performing, this.#stopping.promise]) : performing;
      return this.#ending ?? answer;
    } catch (error) {
      if (this.#stopped === undefined && this.#ending !== undefined) return this.#ending;
      if (error instanceof HandoffRequested) return error;
      throw error;
    }
  }

  #ground(returned: TaskMeta['returned']): Performance {
    const { agent, ns, instance, log, metrics, model, paidCalls } = this.#ports;
    const { run, task, attempt, capability, epoch, deadlineAt, performMs, continues } = this.award;
    const signal = (): AbortSignal => this.#signal();
    const { handoff, brief, refused = [] } = this.award;
    const from = handoff === undefined || brief === undefined ? undefined : { ...handoff, brief };
    const timing = { epoch, deadlineAt, performMs, continues };
    const told = { handoff: from, refused, returned };
    const meta: TaskMeta = { ns, run, task, attempt, capability, agent: agent.name, instance, ...timing, ...told };
    let exchange: Performance['exchange'] | undefined;
    return {
      task: meta,
      log,
      metrics,
      model: agent.model ?? model,
      usage: this.#usage,
      get signal() {
        return signal();
      },
      exchange: (step, perform) => {
        exchange ??= createExchange(this.#openJournal(), this.#gate());
        return exchange(step, perform);
      },
      board: () => (this.#board ??= this.#openBoard()),
      handoff: (request) => {
        this.#ending ??= request;
        throw this.#ending;
      },
      people: (request) => {
        const { answer } = this.award;
        if (answer?.name === request.name && answer.request === request.request) return answer;
        this.#ending ??= new HumanAsked(request);
        throw this.#ending;
      },
      call: (request) => this.#counted(paidCalls.call(meta, request, signal(), (used) => addUsage(this.#usage, used))),
    };
  }

  #counted(call: Promise<PaidAnswer>): Promise<PaidAnswer> {
    this.#calls.add(call);
    const ended = (): boolean => this.#calls.delete(call);
    call.then(ended, ended);
    return call;
  }

  /** Stopped work reports what its aborted calls used: they end at once, one that ignores its signal is not waited for. */
  async #callsEnded(): Promise<void> {
    if (this.#stopped === undefined || this.#calls.size === 0) return;
    const inTime = new AbortController();
    await Promise.race([Promise.allSettled(this.#calls), wait(ABORTED_CALL_MS, inTime.signal).catch(() => {})]);
    inTime.abort();
  }

  #gate() {
    return {
      beforeExchange: () => {
        if (this.#pausing !== undefined) this.stop(new StopWork('parked', `pause: ${this.#pausing}`));
        this.#throwIfStopped();
        if (this.#ending !== undefined) throw this.#ending;
      },
      beforeJournal: () => this.#throwIfStopped(),
    };
  }

  #openJournal(): Journal {
    const { bus, blobs, ns, agent, instance } = this.#ports;
    const { journal, attempt } = this.award;
    const { sequence, deliveries } = this.#deliveries[0];
    const holding = `${ns}.${instance}.${sequence}.${deliveries}`;
    const onStored = (entry: Entry): void => {
      if (entry.attempt === attempt && entry.usage !== undefined) addUsage(this.#usage, entry.usage);
    };
    const whose = { ns, agent: agent.name, journal, attempt, instance, holding };
    return (this.#journal ??= openJournal({ bus, blobs, ...whose, onStored }));
  }

  async #openBoard(): Promise<Board> {
    const { boards, ns } = this.#ports;
    if (boards === undefined) throw new TerminalError('board_missing', 'this agent was started without boards');
    return boards.open(ns, this.award.run);
  }

  #signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#stopped !== undefined) this.#abort.abort(this.#stopped);
    }
    return this.#abort.signal;
  }

  #throwIfStopped(): void {
    if (this.#stopped !== undefined) throw this.#stopped;
  }

  async #report(outcome: Outcome, span: Span): Promise<void> {
    const { reporter, reports } = this.#ports;
    const traceparent = traceparentOf(span) ?? this.#deliveries[0].headers[HEADER.traceparent];
    const message = await reportOf(reporter, this.award, outcome, this.#usage, traceparent);
    const stored = Promise.withResolvers<void>();
    reports.add(message, (error) => {
      if (error === undefined) {
        this.#settle(outcome.kind, (delivery) => delivery.ack());
        stored.resolve();
      } else stored.reject(new StopWork('lost', `the report was not stored: ${error.code}`, { cause: error }));
    });
    await stored.promise;
  }

  /** Ends without a report. */
  #leave(error: unknown): void {
    const { log } = this.#ports;
    const kind = error instanceof StopWork ? error.kind : 'lost';
    if (error instanceof StopWork) log.info({ event: `task.${kind}`, ...this.#ids(), reason: error.message });
    else log.error({ event: 'task.bug', ...this.#ids(), err: error });
    if (kind === 'dropped') this.#settle('dropped', (delivery) => delivery.ack());
    else this.#settle('dropped', (delivery) => delivery.nak(kind === 'leaving' ? LEAVING_DELAY_MS : LOST_DELAY_MS));
  }

  #settle(outcome: Outcome['kind'] | 'dropped', each: (delivery: Delivery) => void): void {
    for (const delivery of this.#deliveries) each(delivery);
    this.#ports.metrics.task(this.award.capability, outcome, performance.now() - this.#startedAtMs);
    this.#board?.then((board) => board[Symbol.asyncDispose]()).catch(() => {});
    const listeners = this.#ended ?? [];
    this.#ended = undefined;
    for (const listener of listeners) listener();
  }

  #ids() {
    const { run, task, attempt, capability } = this.award;
    return { run, task, attempt, capability };
  }
}

const parked = (error: StopWork): Outcome => ({ kind: 'parked', reason: error.message.slice(0, 1_000) });

/** Agent code may return what no message can hold. Throws `TerminalError` `result_invalid`. */
function asJson(output: unknown): Json {
  let text: string | undefined;
  try {
    text = JSON.stringify(output ?? null);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new TerminalError('result_invalid', `the output is not JSON: ${why}`, { cause });
  }
  if (text === undefined) throw new TerminalError('result_invalid', `the output is not JSON: ${typeof output}`);
  return (output ?? null) as Json;
}

const isPromise = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
