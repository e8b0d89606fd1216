import { headersOf } from '@parley/contracts';
import type { Envelope } from '@parley/contracts';
import type { Outgoing, StreamOutgoing } from './port.ts';

/** What of a message declaration is needed to send one. */
interface Sendable {
  readonly type: string;
  readonly performative?: string;
  toSubject(params: never): string;
  encode(body: never): Uint8Array;
}

type ParamsOfMessage<M extends Sendable> = Parameters<M['toSubject']>[0];
type BodyOfMessage<M extends Sendable> = Parameters<M['encode']>[0];

/** A declared message, checked and encoded with its headers. Throws `ContractError`. `nowMs` is the bus's `now()`. */
export function compose<M extends Sendable>(
  message: M,
  params: ParamsOfMessage<M>,
  body: BodyOfMessage<M>,
  envelope: Envelope,
  nowMs: number,
): Outgoing {
  return {
    subject: message.toSubject(params as never),
    payload: message.encode(body as never),
    headers: headersOf(message, envelope, nowMs),
  };
}

/** A declared message for its stream; `envelope.id` is its `Nats-Msg-Id`. */
export function composeStored<M extends Sendable>(
  message: M,
  params: ParamsOfMessage<M>,
  body: BodyOfMessage<M>,
  envelope: Envelope,
  nowMs: number,
): StreamOutgoing {
  return { ...compose(message, params, body, envelope, nowMs), id: envelope.id };
}
