import type { Msg } from 'nats';
import type { StreamName } from '@parley/contracts';
import type { StoredMessage } from '../port.ts';
import { decodeHeaders, headerBlockOf } from './frame.ts';

/** What the reply subject of a delivery says (`$JS.ACK.…`, with or without domain and account). */
export interface DeliveryInfo {
  readonly stream: string;
  readonly deliveries: number;
  readonly sequence: number;
  /** Position among the deliveries of this consumer, from 1 without gaps. */
  readonly position: number;
  readonly at: number;
  /** Messages that the consumer has still to deliver. */
  readonly pending: number;
}

const SHORT_FORM = 9;
const NANOS_DIGITS = 6;

/** Parses the reply subject of a delivery. */
export function parseReply(reply: string): DeliveryInfo {
  const tokens = reply.split('.');
  // $JS.ACK.<stream>.<consumer>.<delivered>.<sseq>.<cseq>.<time>.<pending>, or with <domain>.<account> before the stream.
  const at = tokens.length > SHORT_FORM ? 4 : 2;
  return {
    stream: tokens[at] as string,
    deliveries: Number(tokens[at + 2]),
    sequence: Number(tokens[at + 3]),
    position: Number(tokens[at + 4]),
    at: Number((tokens[at + 5] as string).slice(0, -NANOS_DIGITS)),
    pending: Number(tokens[at + 6]),
  };
}

/** A message from a consumer. Headers are decoded when they are first asked for. */
export class JsMessage implements StoredMessage {
  readonly subject: string;
  readonly payload: Uint8Array;
  readonly stream: StreamName;
  readonly sequence: number;
  readonly deliveries: number;
  readonly at: number;
  readonly #block: Uint8Array | undefined;
  #headers: Record<string, string> | undefined;

  constructor(msg: Msg, info: DeliveryInfo) {
    this.subject = msg.subject;
    this.payload = msg.data;
    this.stream = info.stream as StreamName;
    this.sequence = info.sequence;
    this.deliveries = info.deliveries;
    this.at = info.at;
    this.#block = headerBlockOf(msg);
  }

  get headers(): Record<string, string> {
    return (this.#headers ??= decodeHeaders(this.#block));
  }
}
