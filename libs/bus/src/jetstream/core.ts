import type { Msg } from 'nats';
import type { Problem } from '@parley/contracts';
import { BusError } from '../errors.ts';
import type { CoreMessage, Outgoing, Running } from '../port.ts';
import { decodeHeaders, encodeHeaders, headerBlockOf, statusOf } from './frame.ts';
import type { Link } from './link.ts';
import type { Mux } from './mux.ts';
import { running } from '../running.ts';
import { answerWith, errorAnswer, readAnswer } from '../service-error.ts';
import type { Answer } from '../service-error.ts';

/** A received core message. Headers are decoded when they are first asked for. */
class NatsCoreMessage implements CoreMessage {
  readonly subject: string;
  readonly payload: Uint8Array;
  readonly reply: string | undefined;
  readonly #block: Uint8Array | undefined;
  #headers: Record<string, string> | undefined;

  constructor(msg: Msg, block: Uint8Array | undefined) {
    this.subject = msg.subject;
    this.payload = msg.data;
    this.reply = msg.reply === undefined || msg.reply === '' ? undefined : msg.reply;
    this.#block = block;
  }

  get headers(): Record<string, string> {
    return (this.#headers ??= decodeHeaders(this.#block));
  }
}

const NO_RESPONDERS = 503;

const closed = (): BusError => new BusError('closed', 'the connection is closed');

export function publish(link: Link, message: Outgoing, reply?: string): void {
  const block = message.headers === undefined ? undefined : encodeHeaders(message.headers);
  const size = message.payload.length + (block?.length ?? 0);
  if (size > link.maxPayload)
    throw new BusError(
      'too_large',
      `${message.subject}: ${size} bytes are over the server's limit of ${link.maxPayload}`,
    );
  if (!link.send(message.subject, message.payload, block, reply)) throw closed();
}

/** Messages of one turn of the event loop come together. */
export function subscribe(
  link: Link,
  subject: string,
  handle: (messages: readonly CoreMessage[]) => void,
  options: { queue?: string } = {},
): Running {
  let arrived: CoreMessage[] = [];
  const give = (): void => {
    const messages = arrived;
    arrived = [];
    try {
      handle(messages);
    } catch (error) {
      link.log('error', `a subscriber of ${subject} threw`, error);
    }
  };
  const sub = link.subscribe(
    subject,
    (msg) => {
      arrived.push(new NatsCoreMessage(msg, headerBlockOf(msg)));
      if (arrived.length === 1) setImmediate(give);
    },
    options.queue,
  );
  const { handle: self, end } = running(async () => {
    if (link.status === 'connected') await sub.drain().catch(() => {});
    else sub.unsubscribe();
  });
  const forget = link.onClosed(() => end(closed()));
  self.closed.then(forget, forget);
  return self;
}

export function serve(
  link: Link,
  subject: string,
  handle: (message: CoreMessage) => Promise<Uint8Array> | Uint8Array,
  options: { queue?: string } = {},
): Running {
  const answer = async (message: CoreMessage): Promise<void> => {
    const { payload, headers } = await answerWith(handle, message, (error) =>
      link.log('error', `serving ${subject} failed`, error),
    );
    if (message.reply === undefined) return;
    if (payload.length <= link.maxPayload)
      sendAnswer(link, message.reply, { payload, ...(headers === undefined ? {} : { headers }) });
    else sendAnswer(link, message.reply, errorAnswer(tooLarge(payload.length, link.maxPayload)));
  };
  return subscribe(link, subject, (messages) => messages.forEach((message) => void answer(message)), options);
}

const sendAnswer = (link: Link, reply: string, { payload, headers }: Answer): void =>
  void link.send(reply, payload, headers === undefined ? undefined : encodeHeaders(headers));

const tooLarge = (bytes: number, limit: number): Problem => ({
  code: 'payload_too_large',
  message: `the answer has ${bytes} bytes, over the server's limit of ${limit}`,
});

/** Waits for the connection, so that a request made during an outage is not lost; false when the time is up. */
async function connected(link: Link, untilMs: number): Promise<boolean> {
  if (link.status === 'connected') return true;
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), untilMs - performance.now());
  const forget = [link.onReconnect(() => resolve(true)), link.onClosed(() => resolve(false))];
  const came = await promise;
  clearTimeout(timer);
  for (const one of forget) one();
  return came;
}

export async function request(
  link: Link,
  mux: Mux,
  message: Outgoing,
  options: { timeoutMs: number; signal?: AbortSignal },
): Promise<CoreMessage> {
  const { timeoutMs, signal } = options;
  const until = performance.now() + timeoutMs;
  const timedOut = (): BusError => new BusError('timeout', `${message.subject}: no answer within ${timeoutMs} ms`);
  const aborted = (): BusError =>
    new BusError('aborted', `${message.subject}: the request was aborted`, { cause: signal?.reason });
  const isAborted = (): boolean => signal?.aborted === true;
  if (isAborted()) throw aborted();
  if (!(await connected(link, until))) throw link.status === 'closed' ? closed() : timedOut();
  if (isAborted()) throw aborted();

  const { promise, resolve, reject } = Promise.withResolvers<CoreMessage>();
  const inbox = mux.open((msg) => {
    const block = headerBlockOf(msg);
    if (statusOf(block)?.code === NO_RESPONDERS)
      reject(new BusError('no_responders', `nobody answers ${message.subject}`));
    else resolve(new NatsCoreMessage(msg, block));
  });
  const timer = setTimeout(() => reject(timedOut()), until - performance.now());
  const onAbort = (): void => reject(aborted());
  signal?.addEventListener('abort', onAbort, { once: true });
  const forget = [
    link.onClosed(() => reject(closed())),
    link.onRefusedPublish((subject, cause) => {
      if (subject === message.subject) reject(new BusError('unavailable', `${subject}: ${cause.message}`, { cause }));
    }),
  ];
  try {
    publish(link, message, inbox.reply);
    return readAnswer(message.subject, await promise);
  } finally {
    clearTimeout(timer);
    inbox.close();
    for (const one of forget) one();
    signal?.removeEventListener('abort', onAbort);
  }
}

export async function gather(
  link: Link,
  mux: Mux,
  message: Outgoing,
  options: { timeoutMs: number; enough?: (answers: readonly CoreMessage[]) => boolean },
): Promise<CoreMessage[]> {
  const answers: CoreMessage[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const inbox = mux.open((msg) => {
    const block = headerBlockOf(msg);
    if (statusOf(block) !== undefined) resolve();
    else if (answers.push(new NatsCoreMessage(msg, block)) > 0 && options.enough?.(answers) === true) resolve();
  });
  const timer = setTimeout(resolve, options.timeoutMs);
  const forget = link.onClosed(resolve);
  try {
    publish(link, message, inbox.reply);
    await promise;
    return answers;
  } finally {
    clearTimeout(timer);
    forget();
    inbox.close();
  }
}
