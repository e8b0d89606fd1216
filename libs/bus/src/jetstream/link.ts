import type { Msg, NatsConnection, Subscription } from 'nats';
import { createInbox, errors } from 'nats';
import { BusError } from '../errors.ts';
import type { BusLog } from '../log.ts';
import type { BusStatus } from '../port.ts';
import { asMsgHdrs } from './frame.ts';

const NO_REPLY = '';

/** The connection as the rest of the adapter sees it: sending never throws while it is open, and its states are events. */
export class Link {
  readonly nc: NatsConnection;
  readonly closed: Promise<void>;
  readonly #inboxPrefix: string;
  readonly #log: (record: BusLog) => void;
  readonly #statusListeners: ((status: BusStatus, detail: string) => void)[] = [];
  readonly #reconnectListeners = new Set<() => void>();
  readonly #closedListeners = new Set<() => void>();
  readonly #refusalListeners = new Set<(subject: string, error: Error) => void>();
  #status: BusStatus = 'connected';

  constructor(nc: NatsConnection, inboxPrefix: string, log: (record: BusLog) => void) {
    this.nc = nc;
    this.#inboxPrefix = inboxPrefix;
    this.#log = log;
    this.closed = nc.closed().then((error) => {
      this.#setStatus('closed', error instanceof Error ? error.message : 'closed');
      for (const listener of this.#closedListeners) listener();
    });
    void this.#watch();
  }

  get status(): BusStatus {
    return this.#status;
  }

  get maxPayload(): number {
    return this.nc.info?.max_payload ?? 1024 * 1024;
  }

  onStatus(listener: (status: BusStatus, detail: string) => void): void {
    this.#statusListeners.push(listener);
  }

  /** Calls back after every reconnect, when the subscriptions are in place again. Returns how to stop. */
  onReconnect(listener: () => void): () => void {
    this.#reconnectListeners.add(listener);
    return () => this.#reconnectListeners.delete(listener);
  }

  /** Calls back when the connection is gone for good. Returns how to stop. */
  onClosed(listener: () => void): () => void {
    this.#closedListeners.add(listener);
    return () => this.#closedListeners.delete(listener);
  }

  /** Calls back when the server refused a publish for lack of permission. Returns how to stop. */
  onRefusedPublish(listener: (subject: string, error: Error) => void): () => void {
    this.#refusalListeners.add(listener);
    return () => this.#refusalListeners.delete(listener);
  }

  log(level: BusLog['level'], message: string, error?: unknown): void {
    this.#log(error === undefined ? { level, message } : { level, message, error });
  }

  newInbox(): string {
    return createInbox(this.#inboxPrefix);
  }

  /** Writes one message; false when the connection is closed. What is written while disconnected is lost. */
  send(subject: string, payload: Uint8Array, block: Uint8Array | undefined, reply: string = NO_REPLY): boolean {
    try {
      this.nc.publish(subject, payload, block === undefined ? { reply } : { reply, headers: asMsgHdrs(block) });
      return true;
    } catch (error) {
      if (this.nc.isClosed() || this.nc.isDraining()) return false;
      throw error;
    }
  }

  /** Throws `BusError` `closed` when the connection is closed. */
  subscribe(subject: string, onMessage: (msg: Msg) => void, queue?: string): Subscription {
    try {
      return this.nc.subscribe(subject, {
        ...(queue === undefined ? {} : { queue }),
        callback: (error, msg) => {
          if (error === null) onMessage(msg);
          else this.log('error', `subscription ${subject} was refused`, error);
        },
      });
    } catch (cause) {
      throw new BusError('closed', 'the connection is closed', { cause });
    }
  }

  async flush(): Promise<void> {
    try {
      await this.nc.flush();
    } catch (cause) {
      if (this.nc.isClosed()) throw new BusError('closed', 'the connection is closed', { cause });
      throw new BusError('unavailable', 'the connection was lost while flushing', { cause });
    }
  }

  #setStatus(status: BusStatus, detail: string): void {
    if (status === this.#status) return;
    this.#status = status;
    for (const listener of this.#statusListeners) listener(status, detail);
  }

  async #watch(): Promise<void> {
    for await (const event of this.nc.status()) {
      if (event.type === 'disconnect') this.#setStatus('disconnected', event.server);
      else if (event.type === 'reconnect') {
        this.#setStatus('connected', event.server);
        for (const listener of this.#reconnectListeners) listener();
      } else if (event.type === 'error') {
        this.log('error', `the server reported: ${event.error.message}`, event.error);
        if (event.error instanceof errors.PermissionViolationError && event.error.operation === 'publish') {
          for (const listener of this.#refusalListeners) listener(event.error.subject, event.error);
        }
      } else if (event.type === 'ldm')
        this.log('warn', `server ${event.server} is about to shut down (lame duck mode)`);
    }
  }
}
