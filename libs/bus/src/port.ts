import type { BucketName, Headers, Problem, StreamName } from '@parley/contracts';

/** A message on its way out. Subjects come from the message declarations only. */
export interface Outgoing {
  readonly subject: string;
  readonly payload: Uint8Array;
  readonly headers?: Headers;
}

/** A message for a stream. */
export interface StreamOutgoing extends Outgoing {
  /** `Nats-Msg-Id`: within the stream's window the same id is stored once. An optimisation, never the only guard. */
  readonly id: string;
  /** Store only if the newest message on `subject` (default: the message's own; may hold `*`) has this sequence; 0 = there is none. */
  readonly expect?: { readonly lastSequence: number; readonly subject?: string };
  /** The message is removed after this many milliseconds (streams with `allowTtl`). */
  readonly ttlMs?: number;
}

/** Where a message was stored. `duplicate`: a message with this id was stored before, at `sequence`. */
export interface Stored {
  readonly sequence: number;
  readonly duplicate: boolean;
}

/** A message read from a stream. */
export interface StoredMessage {
  readonly subject: string;
  readonly payload: Uint8Array;
  readonly headers: Headers;
  readonly sequence: number;
  /** Server time of storage, milliseconds since 1970. */
  readonly at: number;
}

/** One delivery to a consumer. Settle each exactly once; the first settlement counts, later ones do nothing. */
export interface Delivery extends StoredMessage {
  readonly stream: StreamName;
  /** 1 on the first delivery. */
  readonly deliveries: number;
  ack(): void;
  /** Deliver again after this many milliseconds (at least 1: a bare nak would burn the deliveries at once). */
  nak(delayMs: number): void;
  /** Never deliver again. */
  term(reason: string): void;
}

export interface ConsumeOptions {
  readonly stream: StreamName;
  /** Name of the durable consumer; see `ConsumerSpec`. */
  readonly durable: string;
  /** Most deliveries in hand at one time; only free slots are pulled. */
  readonly slots: number;
  /** Send `working()` for deliveries in hand, so that the ack wait does not pass while they are worked on. Default true. */
  readonly heartbeat?: boolean;
}

/** Configuration of a durable consumer, created if missing and never edited by `ensureConsumer`. */
export interface ConsumerSpec {
  readonly stream: StreamName;
  readonly durable: string;
  readonly filter: string;
  readonly ackWaitMs: number;
  /** −1 = without limit. */
  readonly maxDeliver: number;
  /** Most unacked deliveries over all its users. */
  readonly maxAckPending: number;
}

/** Times by cron. */
export interface Recurrence {
  /** Six fields: second, minute, hour, day of the month, month, day of the week (0 is Sunday). */
  readonly cron: string;
  /** IANA name; UTC when left out. */
  readonly timeZone?: string | undefined;
}

/** Something that runs until it is stopped. */
export interface Running extends AsyncDisposable {
  /** Stops taking; what is in hand stays with its holder until settled. */
  stop(): Promise<void>;
  /** Settles when it has stopped; rejects when it ended by itself for good (consumer deleted, connection closed). */
  readonly closed: Promise<void>;
}

/** A core message. */
export interface CoreMessage {
  readonly subject: string;
  readonly payload: Uint8Array;
  readonly headers: Headers;
  readonly reply: string | undefined;
}

/** A value in a bucket. */
export interface BucketEntry {
  readonly key: string;
  readonly value: Uint8Array;
  readonly revision: number;
  readonly deleted: boolean;
}

/** One key-value bucket. Keys are dot-separated tokens. */
export interface Bucket {
  get(key: string): Promise<BucketEntry | undefined>;
  /** Writes whatever is there. `ttlMs` needs an expiring bucket; rounded up to whole seconds. */
  put(key: string, value: Uint8Array, options?: { ttlMs?: number }): Promise<number>;
  /** Writes only if the newest revision is `revision` (0 = the key does not exist). Throws `BusError` `conflict`. */
  update(key: string, value: Uint8Array, revision: number, options?: { ttlMs?: number }): Promise<number>;
  delete(key: string): Promise<void>;
  /** Calls back for every present key, then `onReady`, then for every change; expiry and deletion come with `deleted`. Survives reconnects. */
  watch(filter: string, onEntry: (entry: BucketEntry) => void, onReady?: () => void): Promise<Running>;
}

export type BusStatus = 'connected' | 'disconnected' | 'closed';

/** The only way to NATS. Everything on the hot path takes and gives arrays; a single item is an array of one. */
export interface Bus extends AsyncDisposable {
  /** Clock of this bus: `Date.now` on a real one. */
  now(): number;

  // --- core ---
  /** Fire and forget. */
  publish(message: Outgoing, reply?: string): void;
  /** Calls back with the messages that arrived together. With `queue`, each message goes to one member of the group. */
  subscribe(
    subject: string,
    handle: (messages: readonly CoreMessage[]) => void,
    options?: { queue?: string },
  ): Promise<Running>;
  /** One request, one answer. Throws `BusError`: `no_responders`, `timeout`, or `answered_error` with the `problem` that the responder gave. */
  request(message: Outgoing, options: { timeoutMs: number; signal?: AbortSignal }): Promise<CoreMessage>;
  /** Answers requests; what `handle` throws becomes a typed error answer (headers `Nats-Service-Error`, `Nats-Service-Error-Code`, NATS ADR-32; body `Problem`). */
  serve(
    subject: string,
    handle: (message: CoreMessage) => Promise<Uint8Array> | Uint8Array,
    options?: { queue?: string },
  ): Promise<Running>;
  /** One request, many answers: those that arrive until `enough` says so or the time is up. */
  gather(
    message: Outgoing,
    options: { timeoutMs: number; enough?: (answers: readonly CoreMessage[]) => boolean },
  ): Promise<CoreMessage[]>;

  // --- streams ---
  /**
   * Stores messages; settled one by one, in the order given. A publish whose outcome is unknown (no ack in time, connection lost) is
   * repeated with the same id and expectation; on a conflict then, the stored message is read back: if it is this one it counts as stored.
   * Each result is `Stored` or a `BusError`: `conflict` (expectation failed; somebody else's message is there), `too_large`, `unavailable` (not known to be stored after all repeats).
   */
  store(messages: readonly StreamOutgoing[]): Promise<(Stored | BusErrorLike)[]>;
  /** Stores one message or throws its `BusError`. */
  storeOne(message: StreamOutgoing): Promise<Stored>;
  /**
   * Stores `timer` as a schedule: at that time the server publishes its payload to `target` (same stream). The same `timer.subject` replaces the one before.
   * A recurrence publishes at each of its times until it is cancelled, with the time after it in the header `Nats-Schedule-Next`; times that pass while the server is down are left out.
   */
  schedule(timer: StreamOutgoing, target: string, when: number | Recurrence): Promise<Stored>;
  /** Removes a schedule; true when there was one. */
  cancelSchedule(stream: StreamName, subject: string): Promise<boolean>;
  ensureConsumer(spec: ConsumerSpec): Promise<void>;
  /** Removes a durable consumer; true when there was one. Whoever consumes from it is told by `closed`. */
  deleteConsumer(stream: StreamName, durable: string): Promise<boolean>;
  /** Calls back with the deliveries that arrived together. What `handle` throws is a bug: logged, every unsettled delivery is nak'd with backoff. */
  consume(options: ConsumeOptions, handle: (deliveries: readonly Delivery[]) => void | Promise<void>): Promise<Running>;
  /** The messages on a filter from a sequence on, up to the end at the time of the call. */
  read(stream: StreamName, filter: string, fromSequence?: number): AsyncIterable<StoredMessage>;
  /** The newest message on a subject or filter. */
  last(stream: StreamName, filter: string): Promise<StoredMessage | undefined>;
  /** The newest message of every subject that matches, at most `limit` (newest first). */
  lastPerSubject(stream: StreamName, filter: string, limit: number): Promise<StoredMessage[]>;
  /** Follows a filter of a `limits` stream in order, without acks, from a sequence on and over reconnects; `onCaughtUp` once everything stored at the start was given. */
  follow(
    stream: StreamName,
    filter: string,
    handle: (messages: readonly StoredMessage[]) => void,
    options?: { fromSequence?: number; lastPerSubject?: boolean; onCaughtUp?: () => void },
  ): Promise<Running>;
  /** Milliseconds since 1970 when the stream was created, and its newest sequence. */
  streamInfo(stream: StreamName): Promise<{ createdAt: number; lastSequence: number; messages: number; bytes: number }>;

  bucket(name: BucketName): Bucket;

  // --- life ---
  readonly status: BusStatus;
  /** Calls back on every change of status. */
  onStatus(listener: (status: BusStatus, detail: string) => void): void;
  /** Settles when the connection is gone for good. */
  readonly closed: Promise<void>;
  /** Sends what is held back, and flushes what was published. */
  flush(): Promise<void>;
  /** Finishes what is under way, then closes. */
  close(): Promise<void>;
}

/** The shape of `BusError` (errors.ts), for results that are returned, not thrown. */
export interface BusErrorLike extends Error {
  readonly code: BusErrorCode;
  readonly problem?: Problem;
}

export type BusErrorCode =
  | 'conflict'
  | 'too_large'
  | 'unavailable'
  | 'timeout'
  | 'no_responders'
  | 'answered_error'
  | 'server_too_old'
  | 'topology_drift'
  | 'closed'
  | 'aborted';
