import { setTimeout as wait } from 'node:timers/promises';
import { type Bus, BusError } from '@parley/bus';
import { decodeJson, type MessageType, parseWith } from '@parley/contracts';

export interface Patience {
  /** Of one try; default 3,000. */
  readonly timeoutMs?: number;
  /** Ask again for this long while nobody answers; default 0. */
  readonly patienceMs?: number;
  readonly signal?: AbortSignal;
}

const AGAIN_MS = 50;

/** What a question needs of its declaration; its methods' parameters depend on it. */
interface Question extends Pick<MessageType, 'type' | 'reply'> {
  toSubject(params: never): string;
  encode(body: never): Uint8Array;
}

/** The body of the answer to a question. */
export type Answer<M extends Pick<MessageType, 'reply'>> = NonNullable<M['reply']>['_output'];

/** One typed question to a service and its answer. Throws `BusError` with the problem that the service named. */
export async function ask<M extends Question>(
  bus: Bus,
  message: M,
  params: Parameters<M['toSubject']>[0],
  body: Parameters<M['encode']>[0],
  { timeoutMs = 3_000, patienceMs = 0, signal }: Patience = {},
): Promise<Answer<M>> {
  if (message.reply === undefined) throw new TypeError(`${message.type} has no answer`);
  const subject = message.toSubject(params as never);
  const payload = message.encode(body as never);
  const until = performance.now() + patienceMs;
  for (;;) {
    signal?.throwIfAborted();
    try {
      const answer = await bus.request(
        { subject, payload },
        { timeoutMs, ...(signal === undefined ? {} : { signal }) },
      );
      return parseWith(message.reply, decodeJson(answer.payload), `answer to ${message.type}`);
    } catch (error) {
      if (!isPassing(error) || performance.now() > until) throw error;
      await wait(AGAIN_MS);
    }
  }
}

const isPassing = (error: unknown): boolean =>
  error instanceof BusError &&
  (error.code === 'no_responders' || error.code === 'timeout' || error.problem?.code === 'unavailable');
