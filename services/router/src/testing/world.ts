import { type Bus, createMemoryBroker, ManualClock } from '@parley/bus';
import {
  AgentBeat,
  AgentHello,
  AttemptClosed,
  Award,
  type Body,
  CallForProposals,
  Control,
  encodeJson,
  HandoffOffer,
  partitionOf,
  Propose,
  RunDecision,
  type RunEvent,
  RunSignal,
  sealDecision,
  TaskScheduled,
} from '@parley/contracts';
import { createHealth, createLogger, createMetrics, type RunningService } from '@parley/service';
import { startRouter } from '../service.ts';

export const NS = 'acme';
/** Longest time a call waits for proposals, milliseconds of the process's timers. */
export const REPLY_BY_MS = 250;
const metrics = createMetrics({ service: 'router-test' });
const log = createLogger({ service: 'router', instance: 'test', level: 'silent' });

export type Bid =
  | { cost?: number; etaMs?: number; confidence?: number; load?: number }
  | { refuse: string; final?: boolean };
export type OfferAnswer = { answer: 'agree'; etaMs: number } | { answer: 'refuse'; reason: string };
export type StoredAward = Body<typeof Award> & { agent: string };

/** A scripted agent: what it was asked, and how to leave. */
export interface ScriptedAgent {
  readonly calls: Body<typeof CallForProposals>[];
  leave(): Promise<void>;
}

/** An in-memory broker with time that stands still, and what conductors and agents would say to a router. */
export interface World extends AsyncDisposable {
  readonly bus: Bus;
  readonly clock: ManualClock;
  connect(): Bus;
  router(bus?: Bus): Promise<RunningService>;
  /** Joins an agent. Without `bid` it is silent. */
  agent(name: string, bid?: (task: string) => Bid, capabilities?: string[]): Promise<ScriptedAgent>;
  /** Joins an agent that answers offers and nothing else; `undefined` leaves one unanswered. Gives back what it was offered. */
  taker(
    name: string,
    answer: (offer: Body<typeof HandoffOffer>) => OfferAnswer | undefined,
  ): Promise<Body<typeof HandoffOffer>[]>;
  /** An agent says how many of its four slots are taken. */
  beat(name: string, inHand: number): Promise<void>;
  /** An agent says that it leaves. */
  leave(name: string): Promise<void>;
  /** Appends a decision that schedules one task per given change. */
  schedule(run: string, ...tasks: Partial<TaskScheduled>[]): Promise<void>;
  /** Appends a decision that closes attempt 1 of the first task, or what is said instead. */
  close(run: string, event: Partial<AttemptClosed>): Promise<void>;
  control(run: string, verb: 'halt' | 'resume'): Promise<number>;
  awards(): Promise<StoredAward[]>;
  /** What routers told runs: that nobody can, or will, take a task. */
  signals(): Promise<Body<typeof RunSignal>[]>;
  rest(): Promise<void>;
}

export async function openWorld(options: { routers?: number } = {}): Promise<World> {
  const clock = new ManualClock();
  const broker = createMemoryBroker({ clock, onLog: () => {} });
  const bus = broker.connect('test');
  const stack = new AsyncDisposableStack();
  stack.use(bus);
  const heads = new Map<string, { n: number; hash: string; sequence: number }>();
  let started = 0;
  let controls = 0;
  const rest = (): Promise<void> => clock.advance(0);

  async function append(run: string, events: RunEvent[]): Promise<void> {
    const before = heads.get(run) ?? { n: 0, hash: '', sequence: 0 };
    const { decision, payload } = sealDecision({
      v: 1,
      run,
      n: before.n + 1,
      prev: before.hash,
      at: clock.now(),
      causes: ['test'],
      events,
    });
    const subject = RunDecision.toSubject({ ns: NS, partition: partitionOf(run), runId: run });
    const { sequence } = await bus.storeOne({ subject, payload, id: `${run}-${decision.n}` });
    heads.set(run, { n: decision.n, hash: decision.hash, sequence });
    await rest();
  }

  const world: World = {
    bus,
    clock,
    rest,
    connect: () => broker.connect('other'),
    async router(own = broker.connect('router')) {
      const instance = `router${++started}`;
      const deps = { instance, log, metrics, health: createHealth(), leaseKey: 'test', bus: own };
      const times = { replyByMs: REPLY_BY_MS, beatMs: 60_000, workAckWaitMs: 4_000 };
      return stack.use(await startRouter({ ...deps, ...times }));
    },
    async agent(name, bid, capabilities = ['work']) {
      const calls: Body<typeof CallForProposals>[] = [];
      for (const capability of capabilities) {
        const subject = CallForProposals.toSubject({ ns: NS, capability });
        await bus.subscribe(
          subject,
          (messages) => {
            for (const call of messages.map(({ payload }) => CallForProposals.decode(payload))) {
              calls.push(call);
              if (bid !== undefined) bus.publish(proposal(name, call, bid));
            }
          },
          { queue: name },
        );
      }
      const card = {
        agent: name,
        version: '1.0.0',
        description: '',
        capabilities: capabilities.map((capability) => ({ name: capability, description: '', input: {}, output: {} })),
        tools: [],
      };
      const subject = AgentHello.toSubject({ ns: NS, agent: name });
      const payload = AgentHello.encode({ instance: `${name}-1`, slots: 4, card });
      await bus.request({ subject, payload }, { timeoutMs: 1_000 });
      await rest();
      return {
        calls,
        leave: () => world.leave(name),
      };
    },
    async taker(name, answer) {
      const offers: Body<typeof HandoffOffer>[] = [];
      const subject = HandoffOffer.toSubject({ ns: NS, agent: name });
      const never = new Promise<Uint8Array>(() => {});
      await bus.serve(
        subject,
        ({ payload }) => {
          const offer = HandoffOffer.decode(payload);
          offers.push(offer);
          const given = answer(offer);
          return given === undefined ? never : encodeJson(given);
        },
        { queue: name },
      );
      await world.agent(name);
      return offers;
    },
    async leave(name) {
      const payload = AgentBeat.encode({ instance: `${name}-1`, slots: 4, inHand: 0, leaving: true });
      bus.publish({ subject: AgentBeat.toSubject({ ns: NS, agent: name }), payload });
      await rest();
    },
    async beat(name, inHand) {
      const payload = AgentBeat.encode({ instance: `${name}-1`, slots: 4, inHand, leaving: false });
      bus.publish({ subject: AgentBeat.toSubject({ ns: NS, agent: name }), payload });
      await rest();
    },
    async schedule(run, ...tasks) {
      const events = tasks.map((change, i) =>
        TaskScheduled.parse({
          type: 'TaskScheduled',
          path: `0.${i}`,
          task: `${run}-0-${i}`,
          attempt: 1,
          capability: 'work',
          input: { i },
          criteria: 'balanced',
          epoch: 0,
          deadlineAt: clock.now() + 60_000,
          performMs: 1_000,
          journal: `${run}-0-${i}-a1`,
          continues: false,
          ...change,
        }),
      );
      await append(run, events);
    },
    async close(run, event) {
      await append(run, [AttemptClosed.parse({ type: 'AttemptClosed', path: '0.0', attempt: 1, ...event })]);
    },
    async control(run, verb) {
      const subject = Control.toSubject({ scope: 'run', ns: NS, id: run });
      const payload = Control.encode({ verb, by: 'operator', reason: '' });
      const { sequence } = await bus.storeOne({ subject, payload, id: `control${++controls}` });
      await rest();
      return sequence;
    },
    async awards() {
      const found: StoredAward[] = [];
      for await (const { subject, payload } of bus.read('WORK', Award.filter())) {
        found.push({ ...Award.decode(payload), agent: Award.parseSubject(subject)?.agent ?? '' });
      }
      return found;
    },
    async signals() {
      const found: Body<typeof RunSignal>[] = [];
      for await (const { payload } of bus.read('SIGNALS', RunSignal.filter())) found.push(RunSignal.decode(payload));
      return found;
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };

  for (let i = 0; i < (options.routers ?? 1); i++) await world.router();
  return world;
}

/** The answer of an agent to a call. */
export function proposal(
  agent: string,
  { conversation, router, tasks }: Body<typeof CallForProposals>,
  bid: (task: string) => Bid,
): { subject: string; payload: Uint8Array } {
  const answer: Body<typeof Propose> = { conversation, instance: `${agent}-1`, proposals: [], refusals: [] };
  for (const { task, attempt } of tasks) {
    const given = bid(task);
    if ('refuse' in given) answer.refusals.push({ task, attempt, reason: given.refuse, final: given.final ?? false });
    else answer.proposals.push({ task, attempt, cost: 100, etaMs: 1_000, confidence: 0.5, load: 0, ...given });
  }
  return { subject: Propose.toSubject({ ns: NS, agent, router }), payload: Propose.encode(answer) };
}
