import type { Boards } from '@parley/board';
import { type Bus, type CoreMessage, deadLetter, type Delivery, type Running } from '@parley/bus';
import {
  Award,
  type Body,
  CallForProposals,
  Cancel,
  ContractError,
  decodeJson,
  encodeJson,
  HandoffOffer,
  headersOf,
  parseWith,
  Propose,
} from '@parley/contracts';
import type { ModelProvider, PriceTable } from '@parley/model';
import { type AgentLog, silentLog } from './agent-log.ts';
import { type AgentMetrics, noMetrics } from './agent-metrics.ts';
import { answerCall, type InstanceView } from './answer-call.ts';
import { answerOffer, type OfferReply } from './answer-offer.ts';
import { createBlobs } from './blobs.ts';
import { followControl } from './control.ts';
import { createControlView } from './control-view.ts';
import type { Agent } from './define-agent.ts';
import { StopWork } from './errors.ts';
import { createHistory } from './history.ts';
import { systemClocks } from './lease-clock.ts';
import { createPaidCalls, noPaidCalls } from './paid-call.ts';
import { createPermitKeeper } from './permit-keeper.ts';
import { sayHello, sendBeat } from './presence.ts';
import { createReportBatch } from './report-batch.ts';
import { createReservations } from './reservations.ts';
import { backoffMs, wait } from './wait.ts';
import { AwardedWork } from './work.ts';
import { createWorkTable } from './work-table.ts';

export interface AgentOptions {
  readonly bus: Bus;
  readonly ns: string;
  /** Unique among all instances, a subject token. */
  readonly instance: string;
  /** Tasks in hand at one time. */
  readonly slots: number;
  /** Makes the model calls; a function is asked at the first one. */
  readonly provider?: ModelProvider | (() => Promise<ModelProvider>) | undefined;
  readonly prices?: PriceTable | undefined;
  /** Model of calls for which neither the call nor the agent names one. */
  readonly model?: string | undefined;
  readonly boards?: Boards | undefined;
  readonly log?: AgentLog | undefined;
  readonly metrics?: AgentMetrics | undefined;
  /** Time that `drain` gives to what is in hand, in milliseconds. Default 10,000. */
  readonly drainMs?: number | undefined;
  /** Gives up the start: until the router answered, there is no agent. */
  readonly signal?: AbortSignal | undefined;
}

/** An agent that takes part in the auctions of a namespace. */
export interface RunningAgent extends AsyncDisposable {
  /** Settles when the agent can do no more: the connection is gone for good. */
  readonly closed: Promise<void>;
  /** Leaves: no new bids or work; waits for what is in hand, then gives the rest back to other replicas. */
  drain(): Promise<void>;
}

const SWEEP_MS = 50;
const DRAIN_MS = 10_000;
const DEAD_LETTER_DELAY_MS = 1_000;

/**
 * Starts the participant loop of one agent instance: it introduces itself, bids on calls for proposals, performs the awards of its
 * work queue and reports. Resolves once it takes part.
 */
export async function startAgent(agent: Agent, options: AgentOptions): Promise<RunningAgent> {
  const { bus, ns, instance, slots, provider, prices, model, boards } = options;
  const { log = silentLog, metrics = noMetrics, drainMs = DRAIN_MS } = options;
  const leaving = new AbortController();
  const starting = options.signal === undefined ? leaving.signal : AbortSignal.any([leaving.signal, options.signal]);
  const name = agent.name;
  const blobs = createBlobs(bus, ns, name);
  const history = createHistory();
  const controlView = createControlView(ns, name);
  await using stack = new AsyncDisposableStack();
  const own = <T extends AsyncDisposable>(resource: T): T => stack.use(resource);

  const permits = own(createPermitKeeper({ bus, ns, agent: name, instance, clocks: systemClocks, log }));
  const paidCalls =
    provider === undefined
      ? noPaidCalls
      : createPaidCalls({
          bus,
          provider: typeof provider === 'function' ? provider : async () => provider,
          prices,
          permits,
          clocks: systemClocks,
          log,
          metrics,
        });
  const control = own(await followControl(bus, controlView, () => works.applyControl(controlView), log));
  const source = `/agent/${name}/${instance}`;
  const reporter = { ns, agent: name, instance, source, blobs, now: () => bus.now() };
  const reports = createReportBatch(bus);
  const works = createWorkTable(
    {
      agent,
      ns,
      instance,
      bus,
      blobs,
      control,
      controlView,
      reporter,
      reports,
      paidCalls,
      boards,
      model,
      log,
      metrics,
    },
    (work) => history.record(work.award.capability, work.spent),
  );

  const sweep = setInterval(() => works.sweep(performance.now()), SWEEP_MS);
  stack.defer(() => clearInterval(sweep));

  const reservations = createReservations();
  const bidView = (capability: string): InstanceView => {
    const inHand = works.size + reservations.count(bus.now());
    return { slots, inHand, load: Math.min(1, inHand / slots), ...history.of(capability) };
  };
  const bidders = await Promise.all(
    Object.keys(agent.capabilities).map((capability) =>
      bus.subscribe(
        CallForProposals.toSubject({ ns, capability }),
        (messages) => {
          for (const message of messages) bid(capability, message);
        },
        { queue: name },
      ),
    ),
  );
  for (const bidder of bidders) own(bidder);

  function bid(capability: string, message: CoreMessage): void {
    try {
      const call = CallForProposals.decode(message.payload);
      if (call.agents !== undefined && !call.agents.includes(name)) return;
      const answer = answerCall(agent, capability, call, bidView(capability), instance);
      bus.publish({
        subject: Propose.toSubject({ ns, agent: name, router: call.router }),
        payload: Propose.encodeTyped(answer),
        headers: headersOf(
          Propose,
          {
            id: `${call.conversation}-${name}`,
            source: `/agent/${name}/${instance}`,
            conversation: call.conversation,
            inReplyTo: call.conversation,
          },
          bus.now(),
        ),
      });
      if (answer.proposals.length > 0) metrics.bids('proposed', answer.proposals.length);
      if (answer.refusals.length > 0) metrics.bids('refused', answer.refusals.length);
    } catch (err) {
      log.error({ event: 'cfp.unreadable', capability, err });
    }
  }

  const offers = own(
    await bus.serve(
      HandoffOffer.toSubject({ ns, agent: name }),
      ({ payload }) => encodeJson(answerTo(HandoffOffer.decode(payload))),
      { queue: name },
    ),
  );

  /** Agreeing reserves a slot until the offer ends or its award comes. */
  function answerTo(offer: Body<typeof HandoffOffer>): OfferReply {
    const answer = answerOffer(agent, offer, bidView(offer.capability));
    if (answer.answer === 'agree') reservations.reserve(offer.task, offer.replyByMs);
    metrics.offers(answer.answer === 'agree' ? 'agreed' : 'refused');
    return answer;
  }

  own(
    await bus.subscribe(Cancel.toSubject({ ns, agent: name }), (messages) => {
      for (const { payload } of messages) {
        try {
          const { task, attempt } = Cancel.decode(payload);
          works.cancel(task, attempt);
        } catch (err) {
          log.error({ event: 'cancel.unreadable', err });
        }
      }
    }),
  );

  function take(deliveries: readonly Delivery[]): void {
    for (const delivery of deliveries) {
      try {
        const award = parseWith(AwardedWork, decodeJson(delivery.payload), Award.type);
        reservations.release(award.task);
        works.take(award, delivery);
      } catch (error) {
        if (!(error instanceof ContractError)) throw error;
        notUnderstood(delivery, error);
      }
    }
  }

  /** Breaks the contract: never delivered again, kept for operators. */
  function notUnderstood(delivery: Delivery, { code, message: reason }: ContractError): void {
    log.error({ event: 'award.not_understood', subject: delivery.subject, sequence: delivery.sequence, code, reason });
    deadLetter(bus, ns, name, delivery, code, reason).catch((err: unknown) => {
      log.error({ event: 'dead_letter.unstored', err });
      delivery.nak(DEAD_LETTER_DELAY_MS);
    });
  }

  let beating: NodeJS.Timeout | undefined;
  stack.defer(() => clearInterval(beating));
  const beat = (isLeaving: boolean): void =>
    sendBeat(bus, ns, name, { instance, slots, inHand: works.size, leaving: isLeaving });

  async function join(signal: AbortSignal): Promise<Running> {
    const welcome = await sayHello(bus, { ns, agent, instance, slots, log }, signal);
    clearInterval(beating);
    beating = setInterval(() => beat(false), welcome.beatMs);
    return bus.consume({ stream: 'WORK', durable: welcome.consumer, slots }, take);
  }

  let consuming = await join(starting);

  /** A lost work queue is asked for anew; ends with the connection or when leaving. */
  async function stayJoined(): Promise<void> {
    for (let attempt = 1; !leaving.signal.aborted; attempt++) {
      try {
        await consuming.closed;
        return;
      } catch (err) {
        if (leaving.signal.aborted || bus.status === 'closed') return;
        log.warn({ event: 'work.consumer_lost', err });
      }
      await wait(backoffMs(attempt, 100, 2_000), leaving.signal);
      consuming = await join(leaving.signal);
    }
  }
  stayJoined().catch((err: unknown) => {
    if (!leaving.signal.aborted) log.error({ event: 'work.not_joined', err });
  });

  let lost = false;
  bus.onStatus((status) => {
    if (leaving.signal.aborted) return;
    if (status === 'disconnected') lost = true;
    else if (status === 'connected' && lost) {
      lost = false;
      // The registry may have lost this instance while it was away.
      sayHello(bus, { ns, agent, instance, slots, log }, leaving.signal).catch(() => {});
    }
  });

  let drained: Promise<void> | undefined;
  async function drainNow(): Promise<void> {
    leaving.abort(new StopWork('leaving', 'the agent is leaving'));
    clearInterval(beating);
    if (bus.status === 'connected') beat(true);
    await Promise.all([...bidders.map((bidder) => bidder.stop()), offers.stop(), consuming.stop()]);
    const inTime = new AbortController();
    await Promise.race([works.empty(), wait(drainMs, inTime.signal).catch(() => {})]);
    inTime.abort();
    works.stopAll(new StopWork('leaving', 'the agent is leaving'));
    await works.empty();
    if (bus.status === 'connected') await bus.flush();
  }
  const drain = (): Promise<void> => (drained ??= drainNow());

  const resources = stack.move();
  log.info({ event: 'agent.joined', agent: name, capabilities: Object.keys(agent.capabilities), slots });
  return {
    closed: bus.closed,
    drain,
    async [Symbol.asyncDispose]() {
      leaving.abort(new StopWork('leaving', 'the agent is leaving'));
      works.stopAll(new StopWork('leaving', 'the agent is leaving'));
      try {
        await consuming[Symbol.asyncDispose]();
      } catch (err) {
        log.warn({ event: 'work.stop_failed', err });
      }
      await resources[Symbol.asyncDispose]();
    },
  };
}
