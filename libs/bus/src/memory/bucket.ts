import { BusError } from '../errors.ts';
import { bucketKey } from '../bucket-key.ts';
import type { Bucket, BucketEntry, Running, StoredMessage } from '../port.ts';
import { followStream } from './follow.ts';
import { MARKER_REASON } from './stream.ts';
import type { MemoryStream } from './stream.ts';

const OPERATION = 'KV-Operation';
const DELETED_MS = 60_000;
const EMPTY = new Uint8Array();

const toEntry = ({ subject, payload, headers, sequence }: StoredMessage): BucketEntry => ({
  key: subject,
  value: payload,
  revision: sequence,
  deleted: headers[OPERATION] !== undefined || headers[MARKER_REASON] !== undefined,
});

/** One bucket in memory: a stream whose subjects are the keys. */
export class MemoryBucket implements Bucket {
  readonly #stream: MemoryStream;
  readonly #keep: (running: Running) => Running;

  constructor(stream: MemoryStream, keep: (running: Running) => Running) {
    this.#stream = stream;
    this.#keep = keep;
  }

  async get(key: string): Promise<BucketEntry | undefined> {
    const message = this.#stream.last(bucketKey(key));
    const entry = message === undefined ? undefined : toEntry(message);
    return entry?.deleted === true ? undefined : entry;
  }

  async put(key: string, value: Uint8Array, options: { ttlMs?: number } = {}): Promise<number> {
    return this.#write(key, value, options.ttlMs, undefined);
  }

  async update(key: string, value: Uint8Array, revision: number, options: { ttlMs?: number } = {}): Promise<number> {
    const newest = this.#stream.last(bucketKey(key));
    const gone = revision === 0 && newest !== undefined && toEntry(newest).deleted;
    return this.#write(key, value, options.ttlMs, gone ? newest.sequence : revision);
  }

  async delete(key: string): Promise<void> {
    this.#write(key, EMPTY, this.#stream.options.allowTtl ? DELETED_MS : undefined, undefined, { [OPERATION]: 'DEL' });
  }

  async watch(filter: string, onEntry: (entry: BucketEntry) => void, onReady?: () => void): Promise<Running> {
    let ready = false;
    const give = (messages: readonly StoredMessage[]): void => {
      for (const message of messages) {
        const entry = toEntry(message);
        if (ready || !entry.deleted) onEntry(entry);
      }
    };
    const options = {
      lastPerSubject: true,
      onCaughtUp: () => {
        ready = true;
        onReady?.();
      },
    };
    return this.#keep(followStream(this.#stream, filter, give, options));
  }

  #write(
    key: string,
    value: Uint8Array,
    ttlMs: number | undefined,
    revision: number | undefined,
    headers: Record<string, string> = {},
  ): number {
    if (ttlMs !== undefined && !this.#stream.options.allowTtl) {
      throw new BusError('topology_drift', `bucket ${this.#stream.name} does not expire keys`);
    }
    const message = { subject: bucketKey(key), payload: value, id: '', headers };
    return this.#stream.append({
      ...message,
      ...(ttlMs === undefined ? {} : { ttlMs }),
      ...(revision === undefined ? {} : { expect: { lastSequence: revision } }),
    }).sequence;
  }
}
