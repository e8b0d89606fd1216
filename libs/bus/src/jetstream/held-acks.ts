import type { Link } from './link.ts';

/** Longest time an ack is held back, milliseconds; far below every ack wait, far above the way of one message. */
const HOLD_MS = 20;
/** So many do not wait any longer: what is held counts against the most that a consumer may leave unacked. */
const MOST = 256;

const ACK = new TextEncoder().encode('+ACK');

/**
 * Acks wait a moment and leave together: nothing waits for an ack, but each one that travels alone wakes the server for itself.
 *
 * 1. Only acks wait. A nak, a term and a heartbeat go at once, and never concern a delivery whose ack is held: it is settled.
 * 2. A held ack that is lost with its process leads to another delivery, as one that is lost on the way does.
 */
export class HeldAcks {
  readonly #link: Link;
  #replies: string[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(link: Link) {
    this.#link = link;
  }

  add(reply: string): void {
    this.#replies.push(reply);
    if (this.#replies.length >= MOST) this.send();
    else this.#timer ??= setTimeout(() => this.send(), HOLD_MS);
  }

  /** Sends what is held. */
  send(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const replies = this.#replies;
    this.#replies = [];
    for (const reply of replies) this.#link.send(reply, ACK, undefined);
  }
}
