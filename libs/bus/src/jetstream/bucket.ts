import type { BucketDeclaration, Headers } from '@parley/contracts';
import { BusError } from '../errors.ts';
import { bucketKey } from '../bucket-key.ts';
import type { Bucket, BucketEntry, Running, Stored, StoredMessage, StreamOutgoing } from '../port.ts';
import type { JetStreamApi } from './api.ts';
import type { DirectReader } from './direct.ts';
import { follow } from './follow.ts';
import type { Link } from './link.ts';
import type { Store } from './store.ts';
import { bucketStream, bucketSubject } from './stream-config.ts';

const OPERATION = 'KV-Operation';
/** Set by the server on the marker that replaces an expired key. */
const MARKER_REASON = 'Nats-Marker-Reason';
/** How long the marker of a deleted key stays in an expiring bucket. */
const DELETED_MS = 60_000;
const EMPTY = new Uint8Array();

/** One bucket, stored as every NATS client expects it (ADR-8). */
export class KvBucket implements Bucket {
  readonly #link: Link;
  readonly #api: JetStreamApi;
  readonly #store: Store;
  readonly #reader: DirectReader;
  readonly #declaration: BucketDeclaration;
  readonly #stream: string;
  readonly #prefix: string;

  constructor(
    link: Link,
    api: JetStreamApi,
    store: Store,
    reader: DirectReader,
    name: string,
    declaration: BucketDeclaration,
  ) {
    this.#link = link;
    this.#api = api;
    this.#store = store;
    this.#reader = reader;
    this.#declaration = declaration;
    this.#stream = bucketStream(name);
    this.#prefix = bucketSubject(name);
  }

  async get(key: string): Promise<BucketEntry | undefined> {
    const entry = await this.#newest(key);
    return entry?.deleted === true ? undefined : entry;
  }

  async put(key: string, value: Uint8Array, options: { ttlMs?: number } = {}): Promise<number> {
    return (await this.#write(key, value, options.ttlMs, undefined)).sequence;
  }

  async update(key: string, value: Uint8Array, revision: number, options: { ttlMs?: number } = {}): Promise<number> {
    try {
      return (await this.#write(key, value, options.ttlMs, revision)).sequence;
    } catch (error) {
      if (revision !== 0 || !(error instanceof BusError) || error.code !== 'conflict') throw error;
      // The marker of a deletion or expiry stands where the key was: to its readers the key does not exist.
      const entry = await this.#newest(key);
      if (entry?.deleted !== true) throw error;
      return (await this.#write(key, value, options.ttlMs, entry.revision)).sequence;
    }
  }

  async delete(key: string): Promise<void> {
    await this.#write(key, EMPTY, this.#declaration.expiring ? DELETED_MS : undefined, undefined, {
      [OPERATION]: 'DEL',
    });
  }

  async watch(filter: string, onEntry: (entry: BucketEntry) => void, onReady?: () => void): Promise<Running> {
    let ready = false;
    const give = (messages: readonly StoredMessage[]): void => {
      for (const message of messages) {
        const entry = this.#toEntry(message);
        // Before it is ready the watcher learns what is there; a key that is not there anymore is no news.
        if (ready || !entry.deleted) onEntry(entry);
      }
    };
    return await follow(this.#link, this.#api, this.#stream, this.#prefix + filter, give, {
      lastPerSubject: true,
      onCaughtUp: () => {
        ready = true;
        onReady?.();
      },
    });
  }

  async #newest(key: string): Promise<BucketEntry | undefined> {
    const message = await this.#reader.last(this.#stream, this.#prefix + bucketKey(key));
    return message === undefined ? undefined : this.#toEntry(message);
  }

  async #write(
    key: string,
    value: Uint8Array,
    ttlMs: number | undefined,
    revision: number | undefined,
    headers: Headers = {},
  ): Promise<Stored> {
    if (ttlMs !== undefined && !this.#declaration.expiring)
      throw new BusError('topology_drift', `bucket ${this.#stream} does not expire keys`);
    const message: StreamOutgoing = {
      subject: this.#prefix + bucketKey(key),
      payload: value,
      id: '',
      ...(ttlMs === undefined ? {} : { ttlMs }),
      ...(revision === undefined ? {} : { expect: { lastSequence: revision } }),
    };
    const [result] = await this.#store.storeWith(message, headers);
    if (result instanceof Error) throw result;
    return result as Stored;
  }

  #toEntry({ subject, payload, headers, sequence }: StoredMessage): BucketEntry {
    const deleted = headers[OPERATION] !== undefined || headers[MARKER_REASON] !== undefined;
    // A copy: values are kept, and the received payload is a view of a larger buffer.
    return { key: subject.slice(this.#prefix.length), value: Uint8Array.from(payload), revision: sequence, deleted };
  }
}
