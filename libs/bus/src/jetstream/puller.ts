import type { Msg, Subscription } from 'nats';
import { BusError } from '../errors.ts';
import type { JetStreamApi } from './api.ts';
import { decodeHeaders, headerBlockOf, statusOf } from './frame.ts';
import type { ServerStatus } from './frame.ts';
import type { Link } from './link.ts';
import { NANOS } from './stream-config.ts';

export interface PullerOptions {
  readonly stream: string;
  readonly consumer: string;
  /** Most messages that may be asked for and not arrived at one time. */
  readonly most: number;
  /** How many more messages can be taken now, those asked for included. */
  readonly room: () => number;
  readonly onMessage: (msg: Msg) => void;
  /** The server has nothing more at the moment. */
  readonly onQuiet?: () => void;
  /** A connection or its pull requests were lost. True = the consumer is replaced by the owner: no further pulls from this one. */
  readonly onInterrupted?: () => boolean;
  /** The consumer or the stream is gone, or the connection closed. */
  readonly onGone: (error: BusError) => void;
}

const EXPIRES_MS = 30_000;
const HEARTBEAT_MS = 5_000;
/** Without any sign for this long the pull requests are taken for lost. */
const SILENCE_MS = 11_000;
const RETRY_MS = 100;

const encoder = new TextEncoder();

/**
 * Pull requests of one consumption (`$JS.API.CONSUMER.MSG.NEXT`).
 *
 * 1. `#asked` counts messages asked for over the current inbox and not arrived; it never exceeds `most`, and asked + in hand never exceeds
 *    the room.
 * 2. Half of the room must be free before more is asked for, unless nothing is under way: a few large requests instead of many small ones.
 * 3. After a reconnect, silence or an unclear status the inbox is replaced. The server drops requests whose inbox nobody listens to, so a
 *    lost request and its repetition are not both answered.
 */
export class Puller {
  readonly #link: Link;
  readonly #api: JetStreamApi;
  readonly #options: PullerOptions;
  readonly #nextSubject: string;
  readonly #forget: (() => void)[];
  readonly #watch: NodeJS.Timeout;
  #sub: Subscription | undefined;
  #inbox = '';
  #asked = 0;
  #pulls = 0;
  #heardAt = 0;
  #scheduled = false;
  #pausedUntil = 0;
  #checking = false;
  #stopped = false;

  constructor(link: Link, api: JetStreamApi, options: PullerOptions) {
    this.#link = link;
    this.#api = api;
    this.#options = options;
    this.#nextSubject = `$JS.API.CONSUMER.MSG.NEXT.${options.stream}.${options.consumer}`;
    this.#forget = [
      link.onReconnect(() => this.#interrupted()),
      link.onClosed(() => this.#end(new BusError('closed', 'the connection is closed'))),
    ];
    this.#watch = setInterval(() => this.#look(), HEARTBEAT_MS);
    this.#renewInbox();
    this.pull();
  }

  /** Asks for more at the end of this tick, if there is room. */
  pull(): void {
    if (this.#scheduled || this.#stopped) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#pullNow();
    });
  }

  /** Stops asking. Messages on their way still come to `onMessage` until the promise settles. */
  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#end(undefined);
    if (this.#link.status === 'connected') await this.#sub?.drain().catch(() => {});
    else this.#sub?.unsubscribe();
  }

  #pullNow(): void {
    if (this.#stopped || this.#link.status !== 'connected') return;
    const wait = this.#pausedUntil - performance.now();
    if (wait > 0) {
      setTimeout(() => this.pull(), wait);
      return;
    }
    const { most } = this.#options;
    const free = Math.min(this.#options.room(), most) - this.#asked;
    if (free <= 0 || (this.#asked > 0 && free < most / 2)) return;
    this.#asked += free;
    this.#heardAt = performance.now();
    const request = { batch: free, expires: EXPIRES_MS * NANOS, idle_heartbeat: HEARTBEAT_MS * NANOS };
    this.#link.send(
      this.#nextSubject,
      encoder.encode(JSON.stringify(request)),
      undefined,
      `${this.#inbox}${this.#pulls++}`,
    );
  }

  #renewInbox(): void {
    if (this.#sub !== undefined && !this.#sub.isClosed()) {
      if (this.#link.status === 'connected') void this.#sub.drain().catch(() => {});
      else this.#sub.unsubscribe();
    }
    this.#asked = 0;
    const inbox = `${this.#link.newInbox()}.`;
    this.#inbox = inbox;
    this.#sub = this.#link.subscribe(`${inbox}*`, (msg) => this.#onAnswer(msg, inbox === this.#inbox));
  }

  #onAnswer(msg: Msg, current: boolean): void {
    if (msg.reply !== undefined && msg.reply.startsWith('$JS.ACK.')) {
      if (current) {
        this.#heardAt = performance.now();
        if (this.#asked > 0) this.#asked--;
      }
      this.#options.onMessage(msg);
      if (this.#asked <= this.#options.most / 2) this.pull();
      return;
    }
    const block = headerBlockOf(msg);
    const status = statusOf(block);
    if (current && status !== undefined) this.#onStatus(status, decodeHeaders(block)['Nats-Pending-Messages']);
  }

  #onStatus(status: ServerStatus, left: string | undefined): void {
    this.#heardAt = performance.now();
    if (status.code === 100) {
      this.#options.onQuiet?.();
    } else if (
      status.code === 404 ||
      status.code === 408 ||
      (status.code === 409 && status.text === 'Batch Completed')
    ) {
      this.#asked = Math.max(0, this.#asked - Number(left ?? this.#asked));
      this.pull();
    } else {
      this.#pausedUntil = this.#heardAt + RETRY_MS;
      if (!this.#interrupted()) void this.#check();
    }
  }

  /** The pull requests are lost. True when the owner replaces this consumption. */
  #interrupted(): boolean {
    if (this.#stopped) return true;
    if (this.#options.onInterrupted?.() === true) return true;
    this.#renewInbox();
    this.pull();
    return false;
  }

  #look(): void {
    if (this.#link.status === 'connected' && this.#asked > 0 && performance.now() - this.#heardAt > SILENCE_MS)
      this.#interrupted();
  }

  /** Is the consumer still there? */
  async #check(): Promise<void> {
    if (this.#checking) return;
    this.#checking = true;
    const { stream, consumer } = this.#options;
    try {
      const info = await this.#api.find(`CONSUMER.INFO.${stream}.${consumer}`);
      if (info === undefined)
        this.#end(new BusError('unavailable', `consumer ${consumer} of stream ${stream} does not exist (any more)`));
    } catch (error) {
      if (!this.#stopped) this.#link.log('warn', `consumer ${consumer} of stream ${stream} cannot be checked`, error);
    } finally {
      this.#checking = false;
    }
  }

  #end(error: BusError | undefined): void {
    if (this.#stopped) return;
    this.#stopped = true;
    for (const forget of this.#forget) forget();
    clearInterval(this.#watch);
    if (error !== undefined) this.#options.onGone(error);
  }
}
