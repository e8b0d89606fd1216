/** Names of message headers. CloudEvents attributes in binary mode (NATS protocol binding 1.0), FIPA fields (SC00061G) and ours. */
export const HEADER = {
  msgId: 'Nats-Msg-Id',
  traceparent: 'traceparent',
  ceSpecVersion: 'ce-specversion',
  ceId: 'ce-id',
  ceType: 'ce-type',
  ceSource: 'ce-source',
  ceTime: 'ce-time',
  performative: 'parley-performative',
  conversation: 'parley-conversation',
  replyBy: 'parley-reply-by',
  inReplyTo: 'parley-in-reply-to',
  epoch: 'parley-epoch',
  attempt: 'parley-attempt',
  replyTo: 'parley-reply-to',
  /** The server's, on what a recurring schedule published: when it publishes next. The same on no other firing. */
  scheduleNext: 'Nats-Schedule-Next',
} as const;

export type Headers = Readonly<Record<string, string>>;

/** What a sender says of one message beside its body. */
export interface Envelope {
  /** Deterministic where the message is an effect of a decision. */
  id: string;
  /** Who sends it: `/conductor/{instance}`. */
  source: string;
  traceparent?: string | undefined;
  /** FIPA conversation: the run or the round of bidding. */
  conversation?: string | undefined;
  replyByMs?: number | undefined;
  inReplyTo?: string | undefined;
  epoch?: number | undefined;
  attempt?: number | undefined;
}

/** The headers of one message. `Nats-Msg-Id` is set by the bus for messages that go to a stream. */
export function headersOf(
  message: { type: string; performative?: string },
  envelope: Envelope,
  nowMs: number,
): Headers {
  const headers: Record<string, string> = {
    [HEADER.ceSpecVersion]: '1.0',
    [HEADER.ceId]: envelope.id,
    [HEADER.ceType]: `parley.${message.type}`,
    [HEADER.ceSource]: envelope.source,
    [HEADER.ceTime]: new Date(nowMs).toISOString(),
  };
  if (message.performative !== undefined) headers[HEADER.performative] = message.performative;
  if (envelope.traceparent !== undefined) headers[HEADER.traceparent] = envelope.traceparent;
  if (envelope.conversation !== undefined) headers[HEADER.conversation] = envelope.conversation;
  if (envelope.replyByMs !== undefined) headers[HEADER.replyBy] = new Date(envelope.replyByMs).toISOString();
  if (envelope.inReplyTo !== undefined) headers[HEADER.inReplyTo] = envelope.inReplyTo;
  if (envelope.epoch !== undefined) headers[HEADER.epoch] = String(envelope.epoch);
  if (envelope.attempt !== undefined) headers[HEADER.attempt] = String(envelope.attempt);
  return headers;
}
