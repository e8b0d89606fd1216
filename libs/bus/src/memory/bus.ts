import type { BucketName, StreamName } from '@parley/contracts';
import { backoffMs } from '../backoff.ts';
import { BusError } from '../errors.ts';
import type { BusLog } from '../log.ts';
import type {
  Bucket,
  Bus,
  BusErrorLike,
  BusStatus,
  ConsumeOptions,
  ConsumerSpec,
  CoreMessage,
  Delivery,
  Outgoing,
  Recurrence,
  Running,
  Stored,
  StoredMessage,
  StreamOutgoing,
} from '../port.ts';
import { running } from '../running.ts';
import { answerWith, readAnswer } from '../service-error.ts';
import type { MemoryBroker } from './broker.ts';
import { MemoryBucket } from './bucket.ts';
import { MemoryConsumer } from './consumer.ts';
import type { Member } from './consumer.ts';
import { followStream } from './follow.ts';
import { oncePerTurn } from './turn.ts';

/** Largest message, as a default nats-server has it. */
const MAX_PAYLOAD = 1024 * 1024;

/** One connection to a broker in this process. */
export class MemoryBus implements Bus {
  readonly closed: Promise<void>;
  readonly #broker: MemoryBroker;
  readonly #log: (record: BusLog) => void;
  readonly #running = new Set<Running>();
  readonly #members = new Map<Member, MemoryConsumer>();
  readonly #listeners: ((status: BusStatus, detail: string) => void)[] = [];
  readonly #end: () => void;
  #status: BusStatus = 'connected';

  constructor(broker: MemoryBroker, onLog: (record: BusLog) => void) {
    this.#broker = broker;
    this.#log = onLog;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    this.#end = resolve;
  }

  now(): number {
    return this.#broker.clock.now();
  }

  publish(message: Outgoing, reply?: string): void {
    this.#checkOpen();
    checkSize(message);
    this.#broker.publish(message, reply);
  }

  async subscribe(
    subject: string,
    handle: (messages: readonly CoreMessage[]) => void,
    options: { queue?: string } = {},
  ): Promise<Running> {
    this.#checkOpen();
    let arrived: CoreMessage[] = [];
    const give = oncePerTurn(() => {
      const messages = arrived;
      arrived = [];
      handle(messages);
    });
    const forget = this.#broker.addSubscriber({
      subject,
      queue: options.queue,
      give: (message) => {
        arrived.push(message);
        give();
      },
    });
    return this.#keep(running(async () => forget()).handle);
  }

  async request(message: Outgoing, options: { timeoutMs: number; signal?: AbortSignal }): Promise<CoreMessage> {
    const { timeoutMs, signal } = options;
    const aborted = (): BusError =>
      new BusError('aborted', `${message.subject}: the request was aborted`, { cause: signal?.reason });
    if (signal?.aborted === true) throw aborted();
    const { promise, resolve, reject } = Promise.withResolvers<CoreMessage>();
    const inbox = this.#broker.newInbox();
    const forget = this.#broker.addSubscriber({ subject: inbox, queue: undefined, give: resolve });
    const cancel = this.#broker.clock.after(timeoutMs, () =>
      reject(new BusError('timeout', `${message.subject}: no answer within ${timeoutMs} ms`)),
    );
    const onAbort = (): void => reject(aborted());
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      this.#checkOpen();
      checkSize(message);
      if (!this.#broker.publish(message, inbox))
        throw new BusError('no_responders', `nobody answers ${message.subject}`);
      return readAnswer(message.subject, await promise);
    } finally {
      cancel();
      forget();
      signal?.removeEventListener('abort', onAbort);
    }
  }

  async serve(
    subject: string,
    handle: (message: CoreMessage) => Promise<Uint8Array> | Uint8Array,
    options: { queue?: string } = {},
  ): Promise<Running> {
    const answer = async (message: CoreMessage): Promise<void> => {
      const { payload, headers } = await answerWith(handle, message, (error) =>
        this.#log({ level: 'error', message: `serving ${subject} failed`, error }),
      );
      if (message.reply !== undefined)
        this.#broker.publish(
          { subject: message.reply, payload, ...(headers === undefined ? {} : { headers }) },
          undefined,
        );
    };
    return await this.subscribe(subject, (messages) => messages.forEach((message) => void answer(message)), options);
  }

  async gather(
    message: Outgoing,
    options: { timeoutMs: number; enough?: (answers: readonly CoreMessage[]) => boolean },
  ): Promise<CoreMessage[]> {
    this.#checkOpen();
    checkSize(message);
    const answers: CoreMessage[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const inbox = this.#broker.newInbox();
    const forget = this.#broker.addSubscriber({
      subject: inbox,
      queue: undefined,
      give: (answer) => {
        answers.push(answer);
        if (options.enough?.(answers) === true) resolve();
      },
    });
    const cancel = this.#broker.clock.after(options.timeoutMs, resolve);
    if (!this.#broker.publish(message, inbox)) resolve();
    await promise;
    cancel();
    forget();
    return answers;
  }

  async store(messages: readonly StreamOutgoing[]): Promise<(Stored | BusErrorLike)[]> {
    return messages.map((message) => this.#try(() => this.#broker.streamFor(message.subject).append(message), message));
  }

  async storeOne(message: StreamOutgoing): Promise<Stored> {
    return orThrow(this.#try(() => this.#broker.streamFor(message.subject).append(message), message));
  }

  async schedule(timer: StreamOutgoing, target: string, when: number | Recurrence): Promise<Stored> {
    return orThrow(this.#try(() => this.#broker.streamFor(timer.subject).schedule(timer, target, when), timer));
  }

  async cancelSchedule(stream: StreamName, subject: string): Promise<boolean> {
    this.#checkOpen();
    return this.#broker.stream(stream).purge(subject) > 0;
  }

  async ensureConsumer(spec: ConsumerSpec): Promise<void> {
    this.#checkOpen();
    const found = this.#broker.consumer(spec.stream, spec.durable);
    if (found === undefined) {
      this.#broker.addConsumer(
        spec.stream,
        spec.durable,
        new MemoryConsumer(spec, this.#broker.stream(spec.stream), this.#broker.clock),
      );
    } else if (found.spec.filter !== spec.filter) {
      const text = `consumer ${spec.durable} of stream ${spec.stream}: filter_subject is ${found.spec.filter}, declared is ${spec.filter}`;
      throw new BusError('topology_drift', text);
    }
  }

  async deleteConsumer(stream: StreamName, durable: string): Promise<boolean> {
    this.#checkOpen();
    return this.#broker.deleteConsumer(stream, durable);
  }

  async consume(
    options: ConsumeOptions,
    handle: (deliveries: readonly Delivery[]) => void | Promise<void>,
  ): Promise<Running> {
    this.#checkOpen();
    const { stream, durable, slots } = options;
    const consumer = this.#broker.consumer(stream, durable);
    if (consumer === undefined) {
      throw new BusError(
        'unavailable',
        `consumer ${durable} of stream ${stream} does not exist; call ensureConsumer first`,
      );
    }
    const run = async (deliveries: readonly Delivery[]): Promise<void> => {
      try {
        await handle(deliveries);
      } catch (error) {
        this.#log({ level: 'error', message: `a handler of ${stream}/${durable} threw`, error });
        for (const delivery of deliveries) delivery.nak(backoffMs(delivery.deliveries));
      }
    };
    const { handle: consuming, end } = running(async () => consumer.leave(member));
    const member: Member = {
      slots,
      heartbeat: options.heartbeat ?? true,
      inHand: new Set(),
      give: (deliveries) => void run(deliveries),
      lost: () => end(new BusError('unavailable', `consumer ${durable} of stream ${stream} was deleted`)),
    };
    consumer.join(member);
    this.#members.set(member, consumer);
    return this.#keep(consuming);
  }

  async *read(stream: StreamName, filter: string, fromSequence = 1): AsyncGenerator<StoredMessage> {
    this.#checkOpen();
    yield* this.#broker.stream(stream).from(fromSequence, filter);
  }

  async last(stream: StreamName, filter: string): Promise<StoredMessage | undefined> {
    this.#checkOpen();
    return this.#broker.stream(stream).last(filter);
  }

  async lastPerSubject(stream: StreamName, filter: string, limit: number): Promise<StoredMessage[]> {
    this.#checkOpen();
    return this.#broker.stream(stream).lastPerSubject(filter).slice(0, limit);
  }

  async follow(
    stream: StreamName,
    filter: string,
    handle: (messages: readonly StoredMessage[]) => void,
    options?: { fromSequence?: number; lastPerSubject?: boolean; onCaughtUp?: () => void },
  ): Promise<Running> {
    this.#checkOpen();
    const followed = this.#broker.stream(stream);
    if (followed.options.retention === 'workqueue') {
      throw new BusError('unavailable', `stream ${stream} is a work queue: it is consumed, not followed`);
    }
    return this.#keep(followStream(followed, filter, handle, options));
  }

  async streamInfo(
    stream: StreamName,
  ): Promise<{ createdAt: number; lastSequence: number; messages: number; bytes: number }> {
    const { createdAt, lastSequence, size } = this.#broker.stream(stream);
    return { createdAt, lastSequence, ...size };
  }

  bucket(name: BucketName): Bucket {
    return new MemoryBucket(this.#broker.bucketStream(name), (one) => this.#keep(one));
  }

  get status(): BusStatus {
    return this.#status;
  }

  onStatus(listener: (status: BusStatus, detail: string) => void): void {
    this.#listeners.push(listener);
  }

  async flush(): Promise<void> {
    this.#checkOpen();
  }

  async close(): Promise<void> {
    if (this.#status === 'closed') return;
    await Promise.all([...this.#running].map(async (one) => await one.stop()));
    for (const [member, consumer] of this.#members) consumer.lose(member);
    this.#status = 'closed';
    for (const listener of this.#listeners) listener('closed', 'closed');
    this.#end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #checkOpen(): void {
    if (this.#status === 'closed') throw new BusError('closed', 'the connection is closed');
  }

  #try(append: () => Stored, message: StreamOutgoing): Stored | BusErrorLike {
    try {
      this.#checkOpen();
      checkSize(message);
      return append();
    } catch (error) {
      if (error instanceof BusError) return error;
      throw error;
    }
  }

  #keep(one: Running): Running {
    this.#running.add(one);
    const drop = (): void => void this.#running.delete(one);
    one.closed.then(drop, drop);
    return one;
  }
}

function checkSize({ subject, payload }: Outgoing): void {
  if (payload.length > MAX_PAYLOAD)
    throw new BusError('too_large', `${subject}: ${payload.length} bytes are over the limit of ${MAX_PAYLOAD}`);
}

function orThrow(result: Stored | BusErrorLike): Stored {
  if (result instanceof Error) throw result;
  return result;
}
