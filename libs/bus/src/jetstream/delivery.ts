import type { Msg } from 'nats';
import type { Delivery } from '../port.ts';
import { JsMessage } from './js-message.ts';
import type { DeliveryInfo } from './js-message.ts';
import type { HeldAcks } from './held-acks.ts';
import type { Link } from './link.ts';
import { NANOS } from './stream-config.ts';

const encoder = new TextEncoder();
const WORKING = encoder.encode('+WPI');

/** One delivery. The first settlement is sent, later ones do nothing; a settlement that is lost leads to another delivery. */
export class JsDelivery extends JsMessage implements Delivery {
  readonly #link: Link;
  readonly #acks: HeldAcks;
  readonly #reply: string;
  #onSettled: ((delivery: JsDelivery) => void) | undefined;

  constructor(
    link: Link,
    acks: HeldAcks,
    msg: Msg,
    reply: string,
    info: DeliveryInfo,
    onSettled: (delivery: JsDelivery) => void,
  ) {
    super(msg, info);
    this.#link = link;
    this.#acks = acks;
    this.#reply = reply;
    this.#onSettled = onSettled;
  }

  get settled(): boolean {
    return this.#onSettled === undefined;
  }

  ack(): void {
    this.#settle(() => this.#acks.add(this.#reply));
  }

  nak(delayMs: number): void {
    this.#settle(() => this.#send(`-NAK {"delay":${Math.max(1, Math.round(delayMs)) * NANOS}}`));
  }

  term(reason: string): void {
    this.#settle(() => this.#send(`+TERM ${reason.replaceAll(/[\r\n]+/g, ' ')}`));
  }

  /** The ack wait begins anew. */
  working(): void {
    if (!this.settled) this.#link.send(this.#reply, WORKING, undefined);
  }

  #send(settlement: string): void {
    this.#link.send(this.#reply, encoder.encode(settlement), undefined);
  }

  #settle(tell: () => void): void {
    const onSettled = this.#onSettled;
    if (onSettled === undefined) return;
    this.#onSettled = undefined;
    tell();
    onSettled(this);
  }
}
