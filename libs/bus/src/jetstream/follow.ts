import { randomUUID } from 'node:crypto';
import type { Running, StoredMessage } from '../port.ts';
import { BusError } from '../errors.ts';
import type { JetStreamApi } from './api.ts';
import { JsMessage, parseReply } from './js-message.ts';
import type { Link } from './link.ts';
import { Puller } from './puller.ts';
import { running } from '../running.ts';
import { NANOS } from './stream-config.ts';

export interface FollowOptions {
  readonly fromSequence?: number;
  readonly lastPerSubject?: boolean;
  readonly onCaughtUp?: () => void;
}

interface ConsumerInfo {
  name: string;
  num_pending: number;
}

const MOST = 512;
const INACTIVE_MS = 60_000;
const RETRY_MS = 250;

/**
 * Follows a filter with ephemeral consumers without acks.
 *
 * 1. A consumer numbers its deliveries without gaps. A message whose number is not the next one is dropped and the consumer replaced by
 *    one that starts after the last message given.
 * 2. Sequences given only grow: nothing is given twice or out of order.
 * 3. While the newest of each subject is still being given, a replacement starts over with the newest of each and what is at or below the last
 *    sequence given is skipped; afterwards it starts at the next sequence, so that no version is missed.
 */
export async function follow(
  link: Link,
  api: JetStreamApi,
  stream: string,
  filter: string,
  handle: (messages: readonly StoredMessage[]) => void,
  options: FollowOptions = {},
): Promise<Running> {
  const follower = new Follower(link, api, stream, filter, handle, options);
  const { handle: self, end } = running(async () => await follower.stop());
  follower.onGone = end;
  await follower.open();
  return self;
}

class Follower {
  onGone: (error: Error) => void = () => {};
  readonly #link: Link;
  readonly #api: JetStreamApi;
  readonly #stream: string;
  readonly #filter: string;
  readonly #handle: (messages: readonly StoredMessage[]) => void;
  readonly #options: FollowOptions;
  #puller: Puller | undefined;
  #consumer: string | undefined;
  /** Highest sequence given or known to be behind us. */
  #last: number;
  #position = 0;
  #toCatchUp = 0;
  #caughtUp = false;
  #arrived: StoredMessage[] = [];
  #arrivedCaughtUp = false;
  #scheduled = false;
  #stopped = false;

  constructor(
    link: Link,
    api: JetStreamApi,
    stream: string,
    filter: string,
    handle: (messages: readonly StoredMessage[]) => void,
    options: FollowOptions,
  ) {
    this.#link = link;
    this.#api = api;
    this.#stream = stream;
    this.#filter = filter;
    this.#handle = handle;
    this.#options = options;
    this.#last = Math.max(0, (options.fromSequence ?? 1) - 1);
  }

  /** Creates a consumer that goes on after the last message given. */
  async open(): Promise<void> {
    const name = `follow-${randomUUID()}`;
    const newestOnly = this.#options.lastPerSubject === true && !this.#caughtUp;
    const start = newestOnly
      ? { deliver_policy: 'last_per_subject' }
      : { deliver_policy: 'by_start_sequence', opt_start_seq: this.#last + 1 };
    const info = await this.#api.call<ConsumerInfo>(`CONSUMER.CREATE.${this.#stream}.${name}.${this.#filter}`, {
      stream_name: this.#stream,
      action: 'create',
      config: {
        name,
        filter_subject: this.#filter,
        ack_policy: 'none',
        replay_policy: 'instant',
        max_deliver: 1,
        mem_storage: true,
        num_replicas: 1,
        inactive_threshold: INACTIVE_MS * NANOS,
        ...start,
      },
    });
    if (this.#stopped) {
      await this.#api.find(`CONSUMER.DELETE.${this.#stream}.${name}`);
      return;
    }
    this.#consumer = name;
    this.#position = 0;
    this.#toCatchUp = info.num_pending;
    if (info.num_pending === 0) this.#catchUp();
    this.#puller = new Puller(this.#link, this.#api, {
      stream: this.#stream,
      consumer: name,
      most: MOST,
      room: () => MOST,
      onMessage: (msg) => {
        if (this.#consumer === name)
          this.#onMessage(new JsMessage(msg, parseReply(msg.reply as string)), msg.reply as string);
      },
      onQuiet: () => void this.#onQuiet(name),
      onInterrupted: () => {
        void this.#replace();
        return true;
      },
      onGone: (error) => {
        if (error.code === 'closed') this.#fail(error);
        else void this.#replace();
      },
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    const consumer = this.#consumer;
    this.#consumer = undefined;
    await this.#puller?.stop();
    if (consumer !== undefined && this.#link.status === 'connected') {
      await this.#api.find(`CONSUMER.DELETE.${this.#stream}.${consumer}`).catch(() => {});
    }
  }

  #onMessage(message: JsMessage, reply: string): void {
    const { position, pending } = parseReply(reply);
    if (position !== this.#position + 1) {
      void this.#replace();
      return;
    }
    this.#position = position;
    if (message.sequence > this.#last) {
      this.#last = message.sequence;
      this.#arrived.push(message);
    }
    if (!this.#caughtUp && (position >= this.#toCatchUp || pending === 0)) this.#catchUp();
    this.#schedule();
  }

  #catchUp(): void {
    if (this.#caughtUp) return;
    this.#caughtUp = true;
    this.#arrivedCaughtUp = true;
    this.#schedule();
  }

  /** Messages that expired before they were delivered never come: ask whether anything is left. */
  async #onQuiet(consumer: string): Promise<void> {
    if (this.#caughtUp) return;
    const info = await this.#api.find<ConsumerInfo>(`CONSUMER.INFO.${this.#stream}.${consumer}`).catch(() => undefined);
    if (info?.num_pending === 0 && this.#consumer === consumer) this.#catchUp();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      const messages = this.#arrived;
      this.#arrived = [];
      if (this.#stopped) return;
      try {
        if (messages.length > 0) this.#handle(messages);
        if (this.#arrivedCaughtUp) {
          this.#arrivedCaughtUp = false;
          this.#options.onCaughtUp?.();
        }
      } catch (error) {
        this.#link.log('error', `a follower of ${this.#stream} (${this.#filter}) threw`, error);
      }
    });
  }

  async #replace(): Promise<void> {
    const old = this.#consumer;
    if (old === undefined || this.#stopped) return;
    this.#consumer = undefined;
    await this.#puller?.stop();
    if (this.#link.status === 'connected')
      void this.#api.find(`CONSUMER.DELETE.${this.#stream}.${old}`).catch(() => {});
    while (!this.#stopped) {
      try {
        await this.open();
        return;
      } catch (error) {
        if (this.#link.status === 'closed') {
          this.#fail(error instanceof Error ? error : new BusError('closed', 'the connection is closed'));
          return;
        }
        this.#link.log('warn', `following ${this.#stream} (${this.#filter}) is interrupted`, error);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  #fail(error: Error): void {
    this.#stopped = true;
    this.onGone(error);
  }
}
