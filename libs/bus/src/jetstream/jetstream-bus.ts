import { BUCKETS } from '@parley/contracts';
import type { BucketName, StreamName } from '@parley/contracts';
import { BusError } from '../errors.ts';
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
import { newestOfEach } from '../newest-of-each.ts';
import type { JetStreamApi } from './api.ts';
import { KvBucket } from './bucket.ts';
import { consume } from './consume.ts';
import { ensureConsumer } from './consumer-config.ts';
import * as core from './core.ts';
import type { DirectReader } from './direct.ts';
import { follow } from './follow.ts';
import type { HeldAcks } from './held-acks.ts';
import type { Link } from './link.ts';
import type { Mux } from './mux.ts';
import type { Store } from './store.ts';

const SCHEDULE = 'Nats-Schedule';
const SCHEDULE_TARGET = 'Nats-Schedule-Target';
const SCHEDULE_TIME_ZONE = 'Nats-Schedule-Time-Zone';

function timesOf(when: number | Recurrence): Record<string, string> {
  if (typeof when === 'number') return { [SCHEDULE]: `@at ${new Date(when).toISOString()}` };
  const { cron, timeZone } = when;
  return { [SCHEDULE]: cron, ...(timeZone === undefined ? {} : { [SCHEDULE_TIME_ZONE]: timeZone }) };
}

/** What a bus is made of. */
export interface Parts {
  readonly link: Link;
  readonly mux: Mux;
  readonly api: JetStreamApi;
  readonly reader: DirectReader;
  readonly store: Store;
  readonly acks: HeldAcks;
  readonly closeMs: number;
}

/** The bus over one NATS connection; the pieces do the work. */
export class JetStreamBus implements Bus {
  readonly closed: Promise<void>;
  readonly #parts: Parts;
  readonly #running = new Set<Running>();
  readonly #buckets = new Map<BucketName, Bucket>();
  #closing: Promise<void> | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.closed = parts.link.closed;
  }

  now(): number {
    return Date.now();
  }

  publish(message: Outgoing, reply?: string): void {
    core.publish(this.#parts.link, message, reply);
  }

  async subscribe(
    subject: string,
    handle: (messages: readonly CoreMessage[]) => void,
    options?: { queue?: string },
  ): Promise<Running> {
    return await this.#started(core.subscribe(this.#parts.link, subject, handle, options));
  }

  async request(message: Outgoing, options: { timeoutMs: number; signal?: AbortSignal }): Promise<CoreMessage> {
    return await core.request(this.#parts.link, this.#parts.mux, message, options);
  }

  async serve(
    subject: string,
    handle: (message: CoreMessage) => Promise<Uint8Array> | Uint8Array,
    options?: { queue?: string },
  ): Promise<Running> {
    return await this.#started(core.serve(this.#parts.link, subject, handle, options));
  }

  async gather(
    message: Outgoing,
    options: { timeoutMs: number; enough?: (answers: readonly CoreMessage[]) => boolean },
  ): Promise<CoreMessage[]> {
    return await core.gather(this.#parts.link, this.#parts.mux, message, options);
  }

  store(messages: readonly StreamOutgoing[]): Promise<(Stored | BusErrorLike)[]> {
    return this.#parts.store.store(messages);
  }

  async storeOne(message: StreamOutgoing): Promise<Stored> {
    return single(await this.#parts.store.store([message]));
  }

  async schedule(timer: StreamOutgoing, target: string, when: number | Recurrence): Promise<Stored> {
    return single(await this.#parts.store.storeWith(timer, { ...timesOf(when), [SCHEDULE_TARGET]: target }));
  }

  async cancelSchedule(stream: StreamName, subject: string): Promise<boolean> {
    const { purged } = await this.#parts.api.call<{ purged: number }>(`STREAM.PURGE.${stream}`, { filter: subject });
    return purged > 0;
  }

  async ensureConsumer(spec: ConsumerSpec): Promise<void> {
    await ensureConsumer(this.#parts.api, spec);
  }

  async deleteConsumer(stream: StreamName, durable: string): Promise<boolean> {
    return (await this.#parts.api.find(`CONSUMER.DELETE.${stream}.${durable}`)) !== undefined;
  }

  async consume(
    options: ConsumeOptions,
    handle: (deliveries: readonly Delivery[]) => void | Promise<void>,
  ): Promise<Running> {
    return this.#keep(await consume(this.#parts.link, this.#parts.api, this.#parts.acks, options, handle));
  }

  read(stream: StreamName, filter: string, fromSequence?: number): AsyncIterable<StoredMessage> {
    return this.#parts.reader.read(stream, filter, fromSequence);
  }

  async last(stream: StreamName, filter: string): Promise<StoredMessage | undefined> {
    return await this.#parts.reader.last(stream, filter);
  }

  async lastPerSubject(stream: StreamName, filter: string, limit: number): Promise<StoredMessage[]> {
    const all = await this.#parts.reader.newestOfEach(stream, filter);
    if (all !== undefined) return all.slice(0, limit);
    return await newestOfEach(this.#parts.reader, stream, filter, limit);
  }

  async follow(
    stream: StreamName,
    filter: string,
    handle: (messages: readonly StoredMessage[]) => void,
    options?: { fromSequence?: number; lastPerSubject?: boolean; onCaughtUp?: () => void },
  ): Promise<Running> {
    return this.#keep(await follow(this.#parts.link, this.#parts.api, stream, filter, handle, options));
  }

  async streamInfo(
    stream: StreamName,
  ): Promise<{ createdAt: number; lastSequence: number; messages: number; bytes: number }> {
    const { created, state } = await this.#parts.api.call<{
      created: string;
      state: { last_seq: number; messages: number; bytes: number };
    }>(`STREAM.INFO.${stream}`);
    return {
      createdAt: Date.parse(created),
      lastSequence: state.last_seq,
      messages: state.messages,
      bytes: state.bytes,
    };
  }

  bucket(name: BucketName): Bucket {
    let bucket = this.#buckets.get(name);
    if (bucket === undefined) {
      const { link, api, store, reader } = this.#parts;
      bucket = new KvBucket(link, api, store, reader, name, BUCKETS[name]);
      this.#buckets.set(name, bucket);
    }
    return bucket;
  }

  get status(): BusStatus {
    return this.#parts.link.status;
  }

  onStatus(listener: (status: BusStatus, detail: string) => void): void {
    this.#parts.link.onStatus(listener);
  }

  async flush(): Promise<void> {
    this.#parts.acks.send();
    await this.#parts.link.flush();
  }

  async close(): Promise<void> {
    this.#closing ??= this.#close();
    await this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    const { link, store, acks, closeMs } = this.#parts;
    if (link.status === 'connected') {
      await Promise.all([...this.#running].map(async (one) => await one.stop()));
      let timer: NodeJS.Timeout | undefined;
      await Promise.race([store.whenIdle(), new Promise((resolve) => (timer = setTimeout(resolve, closeMs)))]);
      clearTimeout(timer);
      acks.send();
      await link.flush().catch(() => {});
    }
    await link.nc.close();
    await link.closed;
    await Promise.all([...this.#running].map(async (one) => await one.stop()));
  }

  /** A subscription counts as started when the server has it. */
  async #started(one: Running): Promise<Running> {
    this.#keep(one);
    if (this.status === 'connected') await this.flush().catch(() => {});
    return one;
  }

  #keep(one: Running): Running {
    this.#running.add(one);
    const drop = (): void => void this.#running.delete(one);
    one.closed.then(drop, drop);
    return one;
  }
}

function single([result]: (Stored | BusErrorLike)[]): Stored {
  if (result === undefined || result instanceof Error)
    throw result ?? new BusError('unavailable', 'there is no result');
  return result;
}
