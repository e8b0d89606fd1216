import { BUCKETS, encodeJson, HEADER, STREAMS } from '@parley/contracts';
import type { BucketDeclaration, BucketName, StreamDeclaration, StreamName } from '@parley/contracts';
import { BusError } from '../errors.ts';
import type { CoreMessage, Outgoing } from '../port.ts';
import { streamOf, subjectMatches } from '../subject-filter.ts';
import type { BusClock } from './clock.ts';
import type { MemoryConsumer } from './consumer.ts';
import { MemoryStream } from './stream.ts';

export interface Subscriber {
  readonly subject: string;
  readonly queue: string | undefined;
  readonly give: (message: CoreMessage) => void;
}

/** What a server holds: streams, consumers and subscriptions, shared by every bus connected to it. */
export class MemoryBroker {
  readonly clock: BusClock;
  readonly #streams = new Map<string, MemoryStream>();
  readonly #buckets = new Map<BucketName, MemoryStream>();
  readonly #consumers = new Map<string, MemoryConsumer>();
  readonly #subscribers = new Set<Subscriber>();
  #turn = 0;
  #inboxes = 0;

  constructor(clock: BusClock) {
    this.clock = clock;
    for (const [name, stream] of Object.entries<StreamDeclaration>(STREAMS))
      this.#streams.set(name, streamLike(name, stream, clock));
    for (const [name, bucket] of Object.entries<BucketDeclaration>(BUCKETS))
      this.#buckets.set(name as BucketName, bucketLike(name, bucket, clock));
  }

  stream(name: StreamName): MemoryStream {
    const stream = this.#streams.get(name);
    if (stream === undefined) throw new BusError('unavailable', `there is no stream ${name}`);
    return stream;
  }

  bucketStream(name: BucketName): MemoryStream {
    return this.#buckets.get(name) as MemoryStream;
  }

  /** The stream that takes a subject. */
  streamFor(subject: string): MemoryStream {
    const name = streamOf(subject);
    if (name === undefined) throw new BusError('unavailable', `${subject}: no stream takes the subject`);
    return this.stream(name);
  }

  consumer(stream: StreamName, durable: string): MemoryConsumer | undefined {
    return this.#consumers.get(`${stream}/${durable}`);
  }

  addConsumer(stream: StreamName, durable: string, consumer: MemoryConsumer): void {
    this.#consumers.set(`${stream}/${durable}`, consumer);
  }

  /** True when there was one; its members are told. */
  deleteConsumer(stream: StreamName, durable: string): boolean {
    const consumer = this.#consumers.get(`${stream}/${durable}`);
    this.#consumers.delete(`${stream}/${durable}`);
    consumer?.close();
    return consumer !== undefined;
  }

  addSubscriber(subscriber: Subscriber): () => void {
    this.#subscribers.add(subscriber);
    return () => void this.#subscribers.delete(subscriber);
  }

  newInbox(): string {
    return `_INBOX.${this.#inboxes++}`;
  }

  /** Delivers a core message; false when nobody listens. Streams take it too, as on a server. */
  publish(message: Outgoing, reply: string | undefined): boolean {
    const received: CoreMessage = {
      subject: message.subject,
      payload: Uint8Array.from(message.payload),
      headers: { ...message.headers },
      reply,
    };
    const groups = new Map<string, Subscriber[]>();
    let heard = false;
    for (const subscriber of this.#subscribers) {
      if (!subjectMatches(subscriber.subject, message.subject)) continue;
      heard = true;
      if (subscriber.queue === undefined) subscriber.give(received);
      else
        groups.set(`${subscriber.subject}\n${subscriber.queue}`, [
          ...(groups.get(`${subscriber.subject}\n${subscriber.queue}`) ?? []),
          subscriber,
        ]);
    }
    for (const members of groups.values()) members[this.#turn++ % members.length]?.give(received);
    const stream = streamOf(message.subject);
    if (stream === undefined) return heard;
    const ack = this.#take(stream, message);
    if (reply !== undefined) this.publish({ subject: reply, payload: encodeJson(ack) }, undefined);
    return true;
  }

  #take(stream: StreamName, message: Outgoing): object {
    try {
      const { sequence, duplicate } = this.stream(stream).append({
        ...message,
        id: message.headers?.[HEADER.msgId] ?? '',
      });
      return { stream, seq: sequence, ...(duplicate ? { duplicate } : {}) };
    } catch (error) {
      return { error: { code: 400, description: error instanceof Error ? error.message : 'refused' } };
    }
  }
}

const streamLike = (name: string, stream: StreamDeclaration, clock: BusClock): MemoryStream =>
  new MemoryStream(
    {
      name,
      retention: stream.retention,
      discard: stream.discard,
      maxAgeMs: stream.maxAgeMs,
      maxBytes: stream.maxBytes,
      maxPerSubject: stream.maxPerSubject ?? 0,
      duplicateWindowMs: stream.duplicateWindowMs,
      allowTtl: stream.allowTtl ?? false,
      allowSchedules: stream.allowSchedules ?? false,
      denyPurge: stream.denyPurge ?? false,
      markExpired: false,
    },
    clock,
  );

const bucketLike = (name: string, bucket: BucketDeclaration, clock: BusClock): MemoryStream =>
  new MemoryStream(
    {
      name: `KV_${name}`,
      retention: 'limits',
      discard: 'new',
      maxAgeMs: 0,
      maxBytes: 0,
      maxPerSubject: bucket.history,
      duplicateWindowMs: 0,
      allowTtl: bucket.expiring,
      allowSchedules: false,
      denyPurge: false,
      markExpired: bucket.expiring,
    },
    clock,
  );
