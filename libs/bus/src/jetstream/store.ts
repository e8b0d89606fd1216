import type { Msg } from 'nats';
import { HEADER } from '@parley/contracts';
import type { Headers } from '@parley/contracts';
import { BusError } from '../errors.ts';
import type { BusErrorLike, Stored, StreamOutgoing } from '../port.ts';
import { encodeHeaders } from './frame.ts';
import type { Link } from './link.ts';
import { readPubAck } from './pub-ack.ts';
import type { PubAck } from './pub-ack.ts';
import type { ReadBack } from './read-back.ts';

type Result = Stored | BusErrorLike;

/** One call of `store`. */
interface Batch {
  readonly results: Result[];
  open: number;
  readonly resolve: (results: Result[]) => void;
}

/** One message on its way. */
interface Entry {
  readonly token: string;
  readonly message: StreamOutgoing;
  readonly block: Uint8Array;
  readonly batch: Batch;
  readonly index: number;
  readonly until: number;
  sentAt: number;
  /** Not sent again before this time; 0 = the answer is awaited. */
  pauseUntil: number;
  /** An earlier attempt may have been stored without our knowing. */
  unknown: boolean;
  reason: string;
}

/** Messages and bytes that may wait for their acks at one time; the rest waits its turn. Keeps well below the server's own ingest limits. */
const WINDOW = 4_096;
const WINDOW_BYTES = 16 * 1024 * 1024;
/** An unanswered message is repeated after this long without any ack at all. */
const SILENCE_MS = 2_000;
const SWEEP_MS = 50;
const PAUSE_MS = 50;

const SEQUENCE = 'Nats-Expected-Last-Subject-Sequence';
const SEQUENCE_SUBJECT = 'Nats-Expected-Last-Subject-Sequence-Subject';
const TTL = 'Nats-TTL';

/** Time to live as the server takes it: whole seconds, at least one. */
const ttlHeader = (ttlMs: number): string => `${Math.max(1, Math.ceil(ttlMs / 1_000))}s`;

function headersFor({ id, expect, ttlMs }: StreamOutgoing): Headers {
  const more: Record<string, string> = {};
  if (id !== '') more[HEADER.msgId] = id;
  if (expect !== undefined) {
    more[SEQUENCE] = String(expect.lastSequence);
    if (expect.subject !== undefined) more[SEQUENCE_SUBJECT] = expect.subject;
  }
  if (ttlMs !== undefined) more[TTL] = ttlHeader(ttlMs);
  return more;
}

/**
 * Acked publishing. All acks come over one inbox subscription and are matched by token; one timer serves every message.
 *
 * 1. An entry is in `#pending` exactly while its message is unsettled and inside the window; its token never changes over repeats, so the
 *    first definite answer settles it and later ones find nothing.
 * 2. A message is repeated only with the same id and the same expectation.
 * 3. `unknown` is set before a repeat whose predecessor may have been stored. From then on a conflict is not believed until the newest message
 *    on the subject was read back and is not this one.
 * 4. A `duplicate` ack with a sequence is believed: the servers admitted by the capability gate do not give it for a message that was never
 *    stored (nats-server PR 6486). Sequence 0 is treated as unknown.
 */
export class Store {
  readonly #link: Link;
  readonly #readBack: ReadBack;
  readonly #patienceMs: number;
  readonly #prefix: string;
  readonly #pending = new Map<string, Entry>();
  #queue: Entry[] = [];
  #queueHead = 0;
  #bytes = 0;
  #next = 0;
  #lastAckAt = 0;
  #timer: NodeJS.Timeout | undefined;
  #idle: (() => void)[] = [];

  constructor(link: Link, readBack: ReadBack, patienceMs: number) {
    this.#link = link;
    this.#readBack = readBack;
    this.#patienceMs = patienceMs;
    this.#prefix = `${link.newInbox()}.`;
    link.subscribe(`${this.#prefix}*`, (msg) => this.#onAnswer(msg));
    link.onReconnect(() => this.#repeatAll());
    link.onRefusedPublish((subject, error) => this.#refuse(subject, error));
    link.onClosed(() => this.#failAll(new BusError('closed', 'the connection is closed')));
  }

  store(messages: readonly StreamOutgoing[]): Promise<Result[]> {
    if (messages.length === 0) return Promise.resolve([]);
    const { promise, resolve } = Promise.withResolvers<Result[]>();
    const batch: Batch = { results: Array.from({ length: messages.length }), open: messages.length, resolve };
    const now = performance.now();
    for (let index = 0; index < messages.length; index++)
      this.#admit(messages[index] as StreamOutgoing, batch, index, now, undefined);
    return promise;
  }

  /** Stores one message with headers of the server's own (schedules, bucket operations). */
  storeWith(message: StreamOutgoing, headers: Headers): Promise<Result[]> {
    const { promise, resolve } = Promise.withResolvers<Result[]>();
    this.#admit(message, { results: [], open: 1, resolve }, 0, performance.now(), headers);
    return promise;
  }

  /** Settles when nothing is under way. */
  whenIdle(): Promise<void> {
    if (this.#pending.size === 0 && this.#queue.length === this.#queueHead) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#idle.push(resolve);
    return promise;
  }

  #admit(message: StreamOutgoing, batch: Batch, index: number, now: number, headers: Headers | undefined): void {
    const block = encodeHeaders(
      message.headers,
      headers === undefined ? headersFor(message) : { ...headersFor(message), ...headers },
    );
    const entry: Entry = {
      token: (this.#next++).toString(36),
      message,
      block,
      batch,
      index,
      until: now + this.#patienceMs,
      sentAt: now,
      pauseUntil: 0,
      unknown: false,
      reason: 'no answer',
    };
    const size = block.length + message.payload.length;
    const limit = this.#link.maxPayload;
    if (size > limit) {
      const text = `${message.subject}: ${size} bytes with headers are over the server's limit of ${limit}; send a blob reference instead`;
      this.#settle(entry, new BusError('too_large', text));
    } else if (this.#link.status === 'closed') this.#settle(entry, new BusError('closed', 'the connection is closed'));
    else if (this.#hasRoom()) this.#send(entry, now);
    else this.#queue.push(entry);
    this.#timer ??= setInterval(() => this.#sweep(), SWEEP_MS);
  }

  #hasRoom(): boolean {
    return this.#pending.size < WINDOW && this.#bytes < WINDOW_BYTES && this.#queue.length === this.#queueHead;
  }

  #send(entry: Entry, now: number): void {
    if (!this.#pending.has(entry.token)) {
      this.#pending.set(entry.token, entry);
      this.#bytes += entry.message.payload.length;
    }
    entry.sentAt = now;
    entry.pauseUntil = 0;
    // A message written while disconnected is lost; `#repeatAll` sends it on the next connection.
    if (this.#link.status === 'connected')
      this.#link.send(entry.message.subject, entry.message.payload, entry.block, this.#prefix + entry.token);
  }

  #settle(entry: Entry, result: Result): void {
    if (this.#pending.delete(entry.token)) this.#bytes -= entry.message.payload.length;
    const { batch } = entry;
    batch.results[entry.index] = result;
    if (--batch.open === 0) batch.resolve(batch.results);
    if (this.#queueHead < this.#queue.length) this.#refill();
    else if (this.#pending.size === 0) this.#rest();
  }

  #refill(): void {
    const now = performance.now();
    while (this.#queueHead < this.#queue.length && this.#pending.size < WINDOW && this.#bytes < WINDOW_BYTES) {
      this.#send(this.#queue[this.#queueHead++] as Entry, now);
    }
    if (this.#queueHead === this.#queue.length) {
      this.#queue = [];
      this.#queueHead = 0;
    }
  }

  #rest(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  #onAnswer(msg: Msg): void {
    const entry = this.#pending.get(msg.subject.slice(this.#prefix.length));
    if (entry === undefined) return;
    const ack = readPubAck(msg);
    this.#lastAckAt = performance.now();
    if (ack.kind === 'stored') this.#settle(entry, { sequence: ack.sequence, duplicate: ack.duplicate });
    else if (ack.kind === 'refused')
      this.#settle(entry, new BusError(ack.code, `${entry.message.subject}: ${ack.reason}`));
    else if (ack.kind === 'conflict') this.#onConflict(entry, ack);
    else {
      entry.reason = ack.reason;
      entry.pauseUntil = this.#lastAckAt + PAUSE_MS;
    }
  }

  #onConflict(entry: Entry, ack: PubAck & { kind: 'conflict' }): void {
    if (!entry.unknown) {
      this.#settle(entry, conflict(entry.message, ack.newest));
      return;
    }
    entry.pauseUntil = Number.POSITIVE_INFINITY;
    void this.#readBack.find(entry.message, ack.newest).then((found) => {
      if (!this.#pending.has(entry.token)) return;
      if (found === 'unreadable') entry.pauseUntil = performance.now() + PAUSE_MS;
      else
        this.#settle(
          entry,
          found === 'other' ? conflict(entry.message, ack.newest) : { sequence: found, duplicate: false },
        );
    });
  }

  /** After a reconnect nothing sent before will be answered: everything is sent again, in order. */
  #repeatAll(): void {
    const now = performance.now();
    this.#lastAckAt = now;
    for (const entry of this.#pending.values()) {
      if (entry.pauseUntil !== 0) continue;
      entry.unknown = true;
      this.#send(entry, now);
    }
  }

  #sweep(): void {
    const now = performance.now();
    const silent = now - this.#lastAckAt > SILENCE_MS;
    for (const entry of this.#pending.values()) {
      if (now >= entry.until) this.#settle(entry, unavailable(entry, this.#patienceMs));
      else if (entry.pauseUntil !== 0) {
        if (now >= entry.pauseUntil) this.#send(entry, now);
      } else if (now - entry.sentAt > (silent ? SILENCE_MS : 4 * SILENCE_MS) && this.#link.status === 'connected') {
        entry.unknown = true;
        this.#send(entry, now);
      }
    }
    for (
      let i = this.#queueHead;
      i < this.#queue.length && (this.#queue[i] as Entry).until <= now;
      i = this.#queueHead
    ) {
      const entry = this.#queue[this.#queueHead++] as Entry;
      this.#settle(entry, unavailable(entry, this.#patienceMs));
    }
  }

  #refuse(subject: string, cause: Error): void {
    for (const entry of this.#pending.values()) {
      if (entry.message.subject === subject)
        this.#settle(entry, new BusError('unavailable', `${subject}: ${cause.message}`, { cause }));
    }
  }

  #failAll(error: BusErrorLike): void {
    const waiting = this.#queue.slice(this.#queueHead);
    this.#queue = [];
    this.#queueHead = 0;
    for (const entry of [...this.#pending.values(), ...waiting]) this.#settle(entry, error);
    this.#rest();
  }
}

function conflict({ subject, expect }: StreamOutgoing, newest: number | undefined): BusError {
  const found = newest === undefined ? 'another' : String(newest);
  return new BusError(
    'conflict',
    `${expect?.subject ?? subject}: expected last sequence ${expect?.lastSequence}, found ${found}`,
  );
}

const unavailable = ({ message, reason, unknown }: Entry, patienceMs: number): BusError =>
  new BusError(
    'unavailable',
    `${message.subject}: ${unknown ? 'not known to be stored' : 'not stored'} within ${patienceMs} ms: ${reason}`,
  );
