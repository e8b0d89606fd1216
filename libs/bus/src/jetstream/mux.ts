import type { Msg } from 'nats';
import type { Link } from './link.ts';

/** Answers of many requests over one inbox subscription: each request has its own last token. */
export class Mux {
  readonly #prefix: string;
  readonly #pending = new Map<string, (msg: Msg) => void>();
  #next = 0;

  constructor(link: Link) {
    this.#prefix = `${link.newInbox()}.`;
    link.subscribe(`${this.#prefix}*`, (msg) => this.#pending.get(msg.subject.slice(this.#prefix.length))?.(msg));
  }

  /** Opens a reply subject; every message that arrives on it goes to `onMessage` until it is closed. */
  open(onMessage: (msg: Msg) => void): { reply: string; close(): void } {
    const token = (this.#next++).toString(36);
    this.#pending.set(token, onMessage);
    return { reply: this.#prefix + token, close: () => this.#pending.delete(token) };
  }
}
