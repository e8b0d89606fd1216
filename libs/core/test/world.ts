import {
  type Failure,
  type ApprovalDecision,
  type HandoffRequest,
  type HumanRequest,
  type Json,
  type NodeDef,
  type OfferRefusal,
  type RunEvent,
  runIdOfKey,
  type TaskScheduled,
  WorkflowDefinition,
} from '@parley/contracts';
import { isDeepStrictEqual } from 'node:util';
import {
  compilePlan,
  decide,
  evolve,
  initialState,
  openEffects,
  type Plan,
  type RunState,
  type Signal,
  workItems,
} from '../src/index.ts';

export const USAGE = { inputTokens: 3, outputTokens: 2, microUsd: 5, modelCalls: 1 };

/** A signal without the fields that the world fills in. */
type Loose = Signal extends infer S ? (S extends Signal ? Omit<S, 'id' | 'at'> : never) : never;

export type Report =
  | { kind: 'result'; output: Json }
  | { kind: 'failed'; error: Failure }
  | { kind: 'parked'; reason: string }
  | ({ kind: 'handoff' } & HandoffRequest)
  | { kind: 'ask'; request: HumanRequest };

export const BRIEF = { asked: 'help', found: ['a fact'], failed: [], next: 'go on' };

/** A handoff report; what is left out is a transfer of ordinary priority. */
export const handingOver = (request: Partial<HandoffRequest>): Report => ({
  kind: 'handoff',
  reason: 'better there',
  priority: 'normal',
  brief: BRIEF,
  continuation: 'transfer',
  ...request,
});

/** A question to people; what is left out is answered by anyone within a minute. */
export const asking = (request: Partial<HumanRequest> = {}): Report => ({
  kind: 'ask',
  request: {
    name: 'colour',
    ask: 'answer',
    title: 'Which colour?',
    action: null,
    quorum: 1,
    expiresMs: 60_000,
    request: 'digest-of-colour',
    ...request,
  },
});

/** A definition from its root as people write it, defaults filled in. */
export const define = (root: unknown, more: object = {}): WorkflowDefinition =>
  WorkflowDefinition.parse({ name: 'test', root, ...more });

/** Plays everything around one run: delivers signals, keeps the log, and checks what must hold after every decision. */
export class World {
  readonly plan: Plan;
  readonly log: RunEvent[] = [];
  state: RunState = initialState(runIdOfKey('test', 'world'));
  now = 1_000;
  epoch = 0;
  #signals = 0;

  constructor(root: unknown, more: object = {}) {
    this.plan = compilePlan(define(root, more), 'digest');
  }

  submit(input: Json = {}, by = 'requester'): RunEvent[] {
    return this.deliver({ kind: 'submitted', workflow: 'test', digest: 'digest', input, limits: {}, by });
  }

  /** Decides on the signals together, and checks the decision. */
  deliver(...loose: Loose[]): RunEvent[] {
    const signals = loose.map((signal): Signal => ({ ...signal, id: `s${++this.#signals}`, at: this.now }));
    const before = this.state;
    const { events, state } = decide(this.plan, before, signals, this.now);
    const folded = events.reduce(evolve, before);
    if (!isDeepStrictEqual(folded, state)) throw new Error('the state is not the fold of the events');
    if (!isDeepStrictEqual(JSON.parse(JSON.stringify(state)), state)) throw new Error('the state is not plain JSON');
    this.log.push(...events);
    this.state = state;
    if (state.status === 'running' && openEffects(state).wakeAt === undefined) {
      throw new Error('a running run has no wake-up');
    }
    for (const event of events) {
      if (event.type === 'WakeArmed' && event.dueAt <= this.now) throw new Error('a wake-up is armed for the past');
    }
    const again = decide(this.plan, state, signals, this.now);
    const newWork = again.events.filter((event) => event.type !== 'WakeArmed');
    if (newWork.length > 0 && !this.isPutOff())
      throw new Error(`delivered again it decides ${JSON.stringify(newWork)}`);
    return events;
  }

  /** The decision was full: its wake-up is due at once. */
  isPutOff(): boolean {
    return (openEffects(this.state).wakeAt ?? Infinity) <= this.now + 1;
  }

  /** Attempts that are open, oldest first. */
  open(): TaskScheduled[] {
    const open = new Map<string, TaskScheduled>();
    for (const event of this.log) {
      if (event.type === 'TaskScheduled') open.set(event.path, event);
      if (event.type === 'AttemptClosed') open.delete(event.path);
    }
    return [...open.values()];
  }

  openPaths(): string[] {
    return this.open().map(({ path }) => path);
  }

  /** The newest attempt of a task. */
  attempt(path: string): TaskScheduled {
    const found = this.log.findLast((event) => event.type === 'TaskScheduled' && event.path === path);
    if (found?.type !== 'TaskScheduled') throw new Error(`nothing was scheduled at ${path}`);
    return found;
  }

  reportOf(
    { task, attempt, epoch }: Pick<TaskScheduled, 'task' | 'attempt' | 'epoch'>,
    report: Report,
    { agent = 'alice', tokenValid = true } = {},
  ): Loose {
    return {
      kind: 'report',
      agent,
      tokenValid,
      report: { task, attempt, epoch, instance: `${agent}-1`, token: 't', usage: USAGE, ...report },
    };
  }

  result(path: string, output: Json, agent = 'alice'): RunEvent[] {
    return this.deliver(this.reportOf(this.attempt(path), { kind: 'result', output }, { agent }));
  }

  fail(path: string, retryable = false, code = 'broken'): RunEvent[] {
    return this.deliver(
      this.reportOf(this.attempt(path), { kind: 'failed', error: { code, message: 'it broke', retryable } }),
    );
  }

  park(path: string, agent = 'alice'): RunEvent[] {
    return this.deliver(this.reportOf(this.attempt(path), { kind: 'parked', reason: 'told to' }, { agent }));
  }

  /** Reports that the holder of a path's open attempt hands it over. */
  handOver(path: string, request: Partial<HandoffRequest>, agent = 'alice'): RunEvent[] {
    return this.deliver(this.reportOf(this.attempt(path), handingOver(request), { agent }));
  }

  /** Everybody who was offered the open attempt of a path refuses it. */
  refuseOffer(path: string, refusals: OfferRefusal[] = [{ to: 'bob', reason: 'busy' }]): RunEvent[] {
    const { task, attempt } = this.attempt(path);
    return this.deliver({ kind: 'offer_refused', task, attempt, refusals });
  }

  /** What waits for people. */
  waiting() {
    return workItems(this.state).filter(({ status }) => status === 'open');
  }

  /** A person's word on what waits for people: approves the first of it, unless told otherwise. */
  say(word: Partial<ApprovalDecision> = {}, which = 0): RunEvent[] {
    const { approval = '', digest = '' } = this.waiting()[which] ?? {};
    return this.deliver({ kind: 'approval', approval, digest, decision: 'approve', by: 'ann', ...word });
  }

  /** Why the newest vote did not count. */
  refusal(): string | undefined {
    const found = this.log.findLast((event) => event.type === 'VoteRecorded');
    return found?.type === 'VoteRecorded' ? found.refused?.code : undefined;
  }

  /** Something happens outside. */
  tell(name: string, payload: Json = null, event = `e${++this.#signals}`): RunEvent[] {
    return this.deliver({ kind: 'event', event, name, payload, by: 'webhook' });
  }

  /** An agent asks people. */
  ask(path: string, request: Partial<HumanRequest> = {}, agent = 'alice'): RunEvent[] {
    return this.deliver(this.reportOf(this.attempt(path), asking(request), { agent }));
  }

  control(verb: 'halt' | 'pause' | 'resume', epoch = ++this.epoch): RunEvent[] {
    return this.deliver({ kind: 'control', epoch, verb, by: 'op', reason: 'test' });
  }

  /** Lets time pass until the armed wake-up is due, and delivers it. */
  wake(): RunEvent[] {
    const { wakeAt } = openEffects(this.state);
    if (wakeAt === undefined) throw new Error('no wake-up is armed');
    this.now = Math.max(this.now, wakeAt);
    return this.deliver({ kind: 'wake', dueAt: wakeAt });
  }

  settled() {
    const { settled } = openEffects(this.state);
    if (settled === undefined) throw new Error(`the run is ${this.state.status}`);
    return settled;
  }
}

export const task = (id: string, more: object = {}) => ({ kind: 'task', id, capability: 'work', ...more });
export const sequence = (id: string, ...steps: unknown[]) => ({ kind: 'sequence', id, steps });
export const from = (pointer: string) => ({ $from: pointer });
export const typesOf = (events: RunEvent[]): string[] => events.map(({ type }) => type);
export type { NodeDef };
