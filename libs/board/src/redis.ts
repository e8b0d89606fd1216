import { setTimeout as delay } from 'node:timers/promises';
import { Redis, type RedisOptions } from 'ioredis';
import { StoreUnavailable } from './errors.ts';
import type { Script } from './script.ts';

const CONNECT_TIMEOUT_MS = 1_000;
/** No answer for this long and a command fails; the connection is then replaced, so that nothing piles up behind it. */
const COMMAND_TIMEOUT_MS = 400;
const BLOCKING_TIMEOUT_MS = 10_000;
const CLOSE_MS = 500;

/** `command`: short calls that fail fast. `blocking`: one reader that waits in `XREAD BLOCK`. */
export type RedisRole = 'command' | 'blocking';

/**
 * One connection to Redis that never repeats a command by itself.
 *
 * A command fails with `StoreUnavailable` at once while there is no connection, and within 400 ms when there is no answer;
 * it is sent at most once, so after a failure it may or may not have been applied: writes carry an operation id. Reconnects for ever.
 */
export interface RedisStore extends AsyncDisposable {
  readonly role: RedisRole;
  /** Counts the connections that became ready; 0 before the first. A server that restarted or was replaced is a new connection. */
  readonly connection: number;
  readonly connected: boolean;
  /** Runs a command and turns what the client throws into `StoreUnavailable`; what the server refuses for another reason is thrown as it is. */
  run<T>(command: (redis: Redis) => Promise<T>): Promise<T>;
  /** Runs a script; loads it first where Redis does not have it. */
  eval(script: Script, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown>;
  /** Calls back after every connection that became ready. Returns how to stop that. */
  onReady(listener: () => void): () => void;
  /** Another connection to the same server. */
  fork(role: RedisRole): RedisStore;
  /** Resolves once connected; throws `StoreUnavailable` after `timeoutMs`. */
  waitUntilReady(timeoutMs: number): Promise<void>;
  /** Cuts the connection; a blocked reader fails at once. */
  close(): void;
}

/** Connects in the background and for ever: the store is usable at once and says `StoreUnavailable` until Redis is there. */
export function connectRedis(url: string, options: { role: RedisRole }): RedisStore {
  const { role } = options;
  const client = new Redis(url, { ...safeOptions(role), replyMapping: 'legacy' });
  const listeners = new Set<() => void>();
  let connection = 0;
  let lastError: Error | undefined;
  // Without a listener the client prints every connection error; the cause is kept for `StoreUnavailable`.
  client.on('error', (error: Error) => {
    lastError = error;
  });
  client.on('ready', () => {
    connection++;
    lastError = undefined;
    for (const listener of listeners) listener();
  });

  const left = new AbortController();
  function close(): void {
    left.abort();
    client.disconnect();
  }

  async function run<T>(command: (redis: Redis) => Promise<T>): Promise<T> {
    try {
      return await command(client);
    } catch (error) {
      throw typedError(error, lastError);
    }
  }

  return {
    role,
    get connection() {
      return connection;
    },
    get connected() {
      return client.status === 'ready';
    },
    run,
    async eval(script, keys, args) {
      try {
        return await run((redis) => redis.evalsha(script.sha, keys.length, ...keys, ...args));
      } catch (error) {
        if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
        return await run((redis) => redis.eval(script.lua, keys.length, ...keys, ...args));
      }
    },
    onReady(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    fork: (forkRole) => connectRedis(url, { role: forkRole }),
    async waitUntilReady(timeoutMs) {
      if (client.status === 'ready') return;
      const ready = Promise.withResolvers<void>();
      const fail = (why: string) => (): void =>
        ready.reject(new StoreUnavailable(`Redis ${why}`, { cause: lastError }));
      const stop = this.onReady(ready.resolve);
      const timer = setTimeout(fail(`did not answer within ${timeoutMs} ms`), timeoutMs);
      const closed = fail('was left');
      if (left.signal.aborted) closed();
      left.signal.addEventListener('abort', closed);
      try {
        await ready.promise;
      } finally {
        clearTimeout(timer);
        left.signal.removeEventListener('abort', closed);
        stop();
      }
    },
    close,
    async [Symbol.asyncDispose]() {
      listeners.clear();
      const ended = new Promise<void>((resolve) => client.once('end', resolve));
      // Between two attempts to connect there is no socket whose end could be waited for.
      const idle = client.status === 'end' || client.status === 'reconnecting';
      const polite = role === 'command' && client.status === 'ready';
      if (polite) await client.quit().catch(() => {});
      close();
      if (!idle) await Promise.race([ended, delay(CLOSE_MS, undefined, { ref: false })]);
      client.stream?.destroy();
    },
  };
}

function safeOptions(role: RedisRole): RedisOptions {
  return {
    connectTimeout: CONNECT_TIMEOUT_MS,
    // An unanswered command is rejected, never sent again: repeating is the caller's decision, under the same operation id.
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    enableOfflineQueue: false,
    // A demoted primary answers READONLY: look for the new one, but do not send the command again (that would be the value 2).
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
    retryStrategy: (attempt) => Math.min(20 * 2 ** Math.min(attempt, 6), 1_000),
    ...(role === 'command'
      ? { commandTimeout: COMMAND_TIMEOUT_MS, socketTimeout: COMMAND_TIMEOUT_MS }
      : { socketTimeout: BLOCKING_TIMEOUT_MS }),
  };
}

/** Refusals of the server that pass by themselves or with the operator's help. */
const TRANSIENT = /^(READONLY|LOADING|OOM|MASTERDOWN|NOREPLICAS|MISCONF|BUSY|TRYAGAIN|CLUSTERDOWN) /;

function typedError(error: unknown, lastError: Error | undefined): unknown {
  if (!(error instanceof Error)) return error;
  if (error.name === 'ReplyError') {
    return TRANSIENT.test(error.message)
      ? new StoreUnavailable(`Redis refuses: ${error.message}`, { cause: error, retryAfterMs: 1_000 })
      : error;
  }
  const cause = lastError ?? error;
  return new StoreUnavailable(`Redis does not answer: ${cause.message || error.message}`, { cause });
}
