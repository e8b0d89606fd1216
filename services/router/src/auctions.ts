import { CallForProposals, CFP_INPUT_BYTES, headersOf, Propose, type Proposal, type Refusal } from '@parley/contracts';
import type { Bus, CoreMessage, Running } from '@parley/bus';
import type { RouterEvents } from './events.ts';
import type { OpenTask } from './open-task.ts';

/** What the agents answered to one call, task by task. */
export interface Answers {
  readonly proposals: readonly (Proposal & { agent: string })[];
  readonly refusals: readonly (Refusal & { agent: string })[];
  readonly silent: readonly string[];
}

interface Round {
  readonly waiting: Set<string>;
  /** Nobody else's answer counts. */
  readonly only: ReadonlySet<string> | undefined;
  readonly answered: Set<string>;
  readonly proposals: Map<string, (Proposal & { agent: string })[]>;
  readonly refusals: Map<string, (Refusal & { agent: string })[]>;
  readonly openedAt: number;
  readonly timer: NodeJS.Timeout;
  close(): void;
}

const taskKey = (task: string, attempt: number): string => `${task}/${attempt}`;

/**
 * Rounds of bidding. One call carries every task of a capability that waits at this moment; a round closes when all asked agents have
 * answered, or at its reply-by. An agent that let two rounds pass in silence is asked but not waited for until it answers again.
 */
export class Auctions implements AsyncDisposable {
  readonly #bus: Bus;
  readonly #router: string;
  readonly #replyByMs: number;
  readonly #events: RouterEvents;
  readonly #rounds = new Map<string, Round>();
  readonly #silences = new Map<string, number>();
  #subscription: Running | undefined;
  #count = 0;

  constructor(options: { bus: Bus; router: string; replyByMs: number; events: RouterEvents }) {
    this.#bus = options.bus;
    this.#router = options.router;
    this.#replyByMs = options.replyByMs;
    this.#events = options.events;
  }

  async start(): Promise<this> {
    this.#subscription = await this.#bus.subscribe(Propose.filter({ router: this.#router }), (messages) => {
      for (const message of messages) this.#answer(message);
    });
    return this;
  }

  /** Calls the agents for proposals; the answers come by task key (`{task}/{attempt}`). */
  call(
    tasks: readonly OpenTask[],
    asked: readonly string[],
    done: (answersOf: (task: OpenTask) => Answers) => void,
  ): void {
    const [first] = tasks;
    if (first === undefined) return;
    const { ns, scheduled } = first;
    const conversation = `${this.#router}-${++this.#count}`;
    const openedAt = this.#bus.now();
    const replyByMs = openedAt + this.#replyByMs;
    const waiting = new Set(asked.filter((agent) => (this.#silences.get(`${ns}.${agent}`) ?? 0) < 2));
    const round: Round = {
      only: scheduled.agents === undefined ? undefined : new Set(scheduled.agents),
      waiting: waiting.size > 0 ? waiting : new Set(asked),
      answered: new Set(),
      proposals: new Map(),
      refusals: new Map(),
      openedAt,
      timer: setTimeout(() => round.close(), this.#replyByMs),
      close: () => {
        clearTimeout(round.timer);
        this.#rounds.delete(conversation);
        const silent = asked.filter((agent) => !round.answered.has(agent));
        for (const agent of silent) {
          const key = `${ns}.${agent}`;
          this.#silences.set(key, (this.#silences.get(key) ?? 0) + 1);
        }
        this.#events.closed(this.#bus.now() - openedAt, silent);
        done(({ scheduled: { task, attempt } }) => ({
          proposals: round.proposals.get(taskKey(task, attempt)) ?? [],
          refusals: round.refusals.get(taskKey(task, attempt)) ?? [],
          silent,
        }));
      },
    };
    const call = {
      subject: CallForProposals.toSubject({ ns, capability: scheduled.capability }),
      payload: CallForProposals.encodeTyped({
        conversation,
        router: this.#router,
        replyByMs,
        ...(scheduled.agents === undefined ? {} : { agents: scheduled.agents }),
        tasks: tasks.map(({ run, scheduled: { task, attempt, criteria, deadlineAt, performMs, input } }) => {
          const text = JSON.stringify(input);
          const inputBytes = Buffer.byteLength(text);
          return {
            run,
            task,
            attempt,
            criteria,
            deadlineAt,
            performMs,
            inputBytes,
            ...(inputBytes <= CFP_INPUT_BYTES ? { input } : {}),
          };
        }),
      }),
      headers: headersOf(
        CallForProposals,
        {
          id: conversation,
          source: `/router/${this.#router}`,
          conversation,
          replyByMs,
          traceparent: first.traceparent,
        },
        openedAt,
      ),
    };
    try {
      this.#bus.publish(call);
    } catch (error) {
      clearTimeout(round.timer);
      throw error;
    }
    this.#rounds.set(conversation, round);
    this.#events.called(tasks.length, asked.length);
  }

  #answer(message: CoreMessage): void {
    const params = Propose.parseSubject(message.subject);
    if (params === undefined) return;
    const { agent, ns } = params;
    let body: ReturnType<typeof Propose.decode>;
    try {
      body = Propose.decode(message.payload);
    } catch (error) {
      this.#events.invalidBid(agent, error);
      return;
    }
    this.#silences.delete(`${ns}.${agent}`);
    const round = this.#rounds.get(body.conversation);
    // Late, for a round that closed, or a second answer of the same agent type: the first counts.
    if (round === undefined || round.answered.has(agent) || round.only?.has(agent) === false) return;
    round.answered.add(agent);
    for (const proposal of body.proposals) add(round.proposals, proposal, agent);
    for (const refusal of body.refusals) add(round.refusals, refusal, agent);
    round.waiting.delete(agent);
    if (round.waiting.size === 0) round.close();
  }

  /** Closes every round with what it has. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const round of this.#rounds.values()) round.close();
    await this.#subscription?.stop();
  }
}

function add<T extends { task: string; attempt: number }>(
  map: Map<string, (T & { agent: string })[]>,
  item: T,
  agent: string,
): void {
  const key = taskKey(item.task, item.attempt);
  const list = map.get(key);
  if (list === undefined) map.set(key, [{ ...item, agent }]);
  else list.push({ ...item, agent });
}
