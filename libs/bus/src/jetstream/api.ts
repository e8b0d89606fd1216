import { setTimeout as delay } from 'node:timers/promises';
import { BusError } from '../errors.ts';
import { headerBlockOf, statusOf } from './frame.ts';
import type { Link } from './link.ts';
import type { Mux } from './mux.ts';

/** `err_code` values of the JetStream API that the adapter acts on. */
export const API_CODE = {
  consumerNotFound: 10014,
  messageNotFound: 10037,
  storageExceeded: 10047,
  memoryExceeded: 10028,
  messageTooLarge: 10054,
  streamNameInUse: 10058,
  /** The server could not make the stream's store: among others, because an earlier request is still making it. */
  storeNotMade: 10049,
  streamNotFound: 10059,
  wrongLastSequence: 10071,
  storeFailed: 10077,
  consumerExists: 10148,
  wrongLastSequenceConstant: 10164,
} as const;

/** The error part of an answer of the JetStream API. */
export interface ApiProblem {
  code: number;
  err_code: number;
  description: string;
}

/** The JetStream API refused a call. Outside of the adapter it is a `BusError` `unavailable` like others. */
export class ApiError extends BusError {
  readonly status: number;
  readonly apiCode: number;

  constructor(call: string, problem: ApiProblem) {
    super('unavailable', `${call}: ${problem.description} (${problem.err_code})`);
    this.status = problem.code;
    this.apiCode = problem.err_code;
  }
}

const ATTEMPT_MS = 3_000;
const PAUSE_MS = 100;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Calls the JetStream API. Every call made here is idempotent, so it is repeated while the server is away, at most `patienceMs`. */
export class JetStreamApi {
  readonly #link: Link;
  readonly #mux: Mux;
  readonly #patienceMs: number;

  constructor(link: Link, mux: Mux, patienceMs: number) {
    this.#link = link;
    this.#mux = mux;
    this.#patienceMs = patienceMs;
  }

  /** Throws `ApiError` when the server refuses, `BusError` `unavailable` or `closed` when there is no answer. */
  async call<T>(name: string, body?: object): Promise<T> {
    const until = performance.now() + this.#patienceMs;
    for (;;) {
      if (this.#link.status === 'closed') throw new BusError('closed', 'the connection is closed');
      const answer = await this.#once(
        name,
        body === undefined ? new Uint8Array() : encoder.encode(JSON.stringify(body)),
      );
      if (answer !== undefined) {
        const { error } = answer as { error?: ApiProblem };
        if (error === undefined) return answer as T;
        if (error.code !== 503) throw new ApiError(name, error);
      }
      if (performance.now() >= until) {
        throw new BusError(
          'unavailable',
          `JetStream did not answer ${name} within ${this.#patienceMs} ms; is it enabled and is the call permitted?`,
        );
      }
      await delay(PAUSE_MS);
    }
  }

  /** Like `call`, but undefined when the server says that there is no such thing. */
  async find<T>(name: string, body?: object): Promise<T | undefined> {
    try {
      return await this.call<T>(name, body);
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    }
  }

  async #once(name: string, payload: Uint8Array): Promise<unknown> {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    const inbox = this.#mux.open((msg) => {
      resolve(statusOf(headerBlockOf(msg)) === undefined ? JSON.parse(decoder.decode(msg.data)) : undefined);
    });
    const timer = setTimeout(() => resolve(undefined), Math.min(ATTEMPT_MS, this.#patienceMs));
    const forget = this.#link.onClosed(() => resolve(undefined));
    try {
      this.#link.send(`$JS.API.${name}`, payload, undefined, inbox.reply);
      return await promise;
    } finally {
      clearTimeout(timer);
      forget();
      inbox.close();
    }
  }
}
