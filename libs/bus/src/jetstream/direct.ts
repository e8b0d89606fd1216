import { setTimeout as delay } from 'node:timers/promises';
import type { Msg } from 'nats';
import { BusError } from '../errors.ts';
import type { StoredMessage } from '../port.ts';
import { decodeHeaders, headerBlockOf, statusOf } from './frame.ts';
import type { ServerStatus } from './frame.ts';
import type { Link } from './link.ts';
import type { Mux } from './mux.ts';

const HEADERS = { subject: 'Nats-Subject', sequence: 'Nats-Sequence', time: 'Nats-Time-Stamp' } as const;

/** Headers that a direct get adds to those of the stored message. */
const ADDED = new Set([
  'Nats-Stream',
  'Nats-Subject',
  'Nats-Sequence',
  'Nats-Time-Stamp',
  'Nats-Num-Pending',
  'Nats-Last-Sequence',
  'Nats-UpTo-Sequence',
]);

const SILENCE_MS = 3_000;
const PAUSE_MS = 100;
const BATCH = 512;
const BATCH_BYTES = 4 * 1024 * 1024;
const NOT_FOUND = 404;
const END_OF_BATCH = 204;
const TOO_MANY = 413;
const UNAVAILABLE = 503;

const encoder = new TextEncoder();

/** What one direct get request gave: messages in order, then how it ended; `undefined` = the answers stopped. */
interface Answers {
  readonly messages: StoredMessage[];
  readonly end: ServerStatus | undefined;
}

/** Reads messages by `$JS.API.DIRECT.GET`; needs `allow_direct`. Reads are repeated while the server is away, at most `patienceMs` without progress. */
export class DirectReader {
  readonly #link: Link;
  readonly #mux: Mux;
  readonly #patienceMs: number;

  constructor(link: Link, mux: Mux, patienceMs: number) {
    this.#link = link;
    this.#mux = mux;
    this.#patienceMs = patienceMs;
  }

  /** The newest message on a subject or filter. */
  async last(stream: string, filter: string): Promise<StoredMessage | undefined> {
    return await this.#one(stream, { last_by_subj: filter });
  }

  /** The first message on a subject or filter at or after a sequence. */
  async next(stream: string, filter: string, sequence: number): Promise<StoredMessage | undefined> {
    return await this.#one(stream, { seq: sequence, next_by_subj: filter });
  }

  /** The messages on a filter from a sequence on, up to the newest at the time of the call. */
  async *read(stream: string, filter: string, fromSequence = 1): AsyncGenerator<StoredMessage> {
    const end = (await this.last(stream, filter))?.sequence ?? 0;
    let next = Math.max(1, fromSequence);
    let quietSince = performance.now();
    while (next <= end) {
      const query = { seq: next, next_by_subj: filter, batch: BATCH, max_bytes: BATCH_BYTES };
      const { messages, end: status } = await this.#ask(stream, query, END_OF_BATCH);
      for (const message of messages) {
        // A batch cut by a lost connection is taken up after its last message, so nothing comes twice or out of order.
        if (message.sequence < next) continue;
        if (message.sequence > end) return;
        next = message.sequence + 1;
        yield message;
      }
      if (messages.length > 0) quietSince = performance.now();
      else if (status?.code === NOT_FOUND) return;
      else await this.#pause(stream, quietSince);
    }
  }

  /** The newest message of every subject, newest first; undefined when there are more subjects than the server gives at once (1,024). */
  async newestOfEach(stream: string, filter: string): Promise<StoredMessage[] | undefined> {
    const since = performance.now();
    for (;;) {
      const { messages, end } = await this.#ask(stream, { multi_last: [filter] }, END_OF_BATCH);
      if (end?.code === TOO_MANY) return undefined;
      if (end?.code === NOT_FOUND) return [];
      if (end?.code === END_OF_BATCH) return messages.sort((a, b) => b.sequence - a.sequence);
      await this.#pause(stream, since);
    }
  }

  async #one(stream: string, query: object): Promise<StoredMessage | undefined> {
    const since = performance.now();
    for (;;) {
      const { messages, end } = await this.#ask(stream, query, undefined);
      if (messages[0] !== undefined) return messages[0];
      if (end?.code === NOT_FOUND) return undefined;
      await this.#pause(stream, since);
    }
  }

  async #pause(stream: string, quietSince: number): Promise<void> {
    if (this.#link.status === 'closed') throw new BusError('closed', 'the connection is closed');
    if (performance.now() - quietSince > this.#patienceMs) {
      throw new BusError('unavailable', `stream ${stream} could not be read within ${this.#patienceMs} ms`);
    }
    await delay(PAUSE_MS);
  }

  /** Sends one request and collects its answers until the status that ends them; without one, until the first message. */
  async #ask(stream: string, query: object, endsWith: number | undefined): Promise<Answers> {
    const messages: StoredMessage[] = [];
    const { promise, resolve } = Promise.withResolvers<ServerStatus | undefined>();
    const timer = setTimeout(() => resolve(undefined), SILENCE_MS);
    const inbox = this.#mux.open((msg) => {
      const block = headerBlockOf(msg);
      const status = statusOf(block);
      if (status !== undefined) resolve(status.code === UNAVAILABLE ? undefined : status);
      else {
        messages.push(toStored(msg, block));
        if (endsWith === undefined) resolve(undefined);
        else timer.refresh();
      }
    });
    const forget = [this.#link.onReconnect(() => resolve(undefined)), this.#link.onClosed(() => resolve(undefined))];
    try {
      this.#link.send(`$JS.API.DIRECT.GET.${stream}`, encoder.encode(JSON.stringify(query)), undefined, inbox.reply);
      return { messages, end: await promise };
    } finally {
      clearTimeout(timer);
      inbox.close();
      for (const one of forget) one();
    }
  }
}

function toStored(msg: Msg, block: Uint8Array | undefined): StoredMessage {
  const headers = decodeHeaders(block);
  const message = {
    subject: headers[HEADERS.subject] ?? '',
    payload: msg.data,
    headers,
    sequence: Number(headers[HEADERS.sequence]),
    at: Date.parse(headers[HEADERS.time] ?? ''),
  };
  for (const name of ADDED) delete headers[name];
  return message;
}
