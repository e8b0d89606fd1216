import { connect, credsAuthenticator, nkeyAuthenticator } from 'nats';
import type { NatsConnection, NodeConnectionOptions } from 'nats';
import { BUCKETS, STREAMS } from '@parley/contracts';
import { BusError } from '../errors.ts';
import type { BusLog } from '../log.ts';
import type { Bus } from '../port.ts';
import { streamOf } from '../subject-filter.ts';
import { JetStreamApi } from './api.ts';
import { checkServer } from './capability.ts';
import { DirectReader } from './direct.ts';
import { JetStreamBus } from './jetstream-bus.ts';
import { HeldAcks } from './held-acks.ts';
import { Link } from './link.ts';
import { Mux } from './mux.ts';
import { ReadBack } from './read-back.ts';
import { Store } from './store.ts';
import { streamOfBucketSubject } from './stream-config.ts';
import { settleTopology } from './topology.ts';

/** How to prove who we are. Without one, a user and password in the URL are used, if any. */
export type BusCredentials =
  | { readonly user: string; readonly password: string }
  | { readonly token: string }
  /** Seed of an NKey user (`SU…`). */
  | { readonly nkeySeed: string }
  /** Content of a `.creds` file. */
  | { readonly creds: string };

export interface BusTls {
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
}

export interface ConnectBusOptions {
  /** `nats://host:port`, several separated by commas. */
  readonly url: string;
  /** Name of the connection, as operators see it. */
  readonly name: string;
  /** `ensure` creates missing streams and buckets, `check` only verifies them, `none` trusts that they are there. */
  readonly topology: 'ensure' | 'check' | 'none';
  /** First tokens of every inbox; permissions bind them to one user. */
  readonly inboxPrefix?: string;
  readonly credentials?: BusCredentials;
  readonly tls?: BusTls;
  /** Keep trying when the server is not there yet. Default false: fail at once. */
  readonly waitForServer?: boolean;
  /** Longest time a message may stay without a known outcome, in milliseconds. Default 30,000. */
  readonly storePatienceMs?: number;
  /** Longest time calls of the JetStream API and reads are repeated while the server is away, in milliseconds. Default 15,000. */
  readonly apiPatienceMs?: number;
  readonly onLog?: (record: BusLog) => void;
}

const RECONNECT_MS = 100;
const RECONNECT_JITTER_MS = 100;
const PING_MS = 5_000;
const CONNECT_MS = 5_000;
const CLOSE_MS = 5_000;
const STORE_PATIENCE_MS = 30_000;
const API_PATIENCE_MS = 15_000;

/**
 * Connects to NATS and settles the topology. Throws `BusError`: `unavailable` (no server, no JetStream, wrong credentials), `server_too_old`,
 * `topology_drift`.
 */
export async function connectBus(options: ConnectBusOptions): Promise<Bus> {
  const nc = await open(options);
  try {
    checkServer(nc);
    const link = new Link(nc, options.inboxPrefix ?? '_INBOX', options.onLog ?? (() => {}));
    const mux = new Mux(link);
    const patienceMs = options.apiPatienceMs ?? API_PATIENCE_MS;
    const api = new JetStreamApi(link, mux, patienceMs);
    const reader = new DirectReader(link, mux, patienceMs);
    if (options.topology !== 'none') {
      await settleTopology(api, link, { streams: STREAMS, buckets: BUCKETS }, options.topology);
    }
    const store = new Store(
      link,
      new ReadBack(reader, (subject) => streamOf(subject) ?? streamOfBucketSubject(subject)),
      options.storePatienceMs ?? STORE_PATIENCE_MS,
    );
    return new JetStreamBus({ link, mux, api, reader, store, acks: new HeldAcks(link), closeMs: CLOSE_MS });
  } catch (error) {
    await nc.close();
    throw error;
  }
}

async function open(options: ConnectBusOptions): Promise<NatsConnection> {
  const { servers, user } = readUrl(options.url);
  try {
    return await connect({
      servers,
      name: options.name,
      ...authentication(options.credentials ?? user),
      ...(options.inboxPrefix === undefined ? {} : { inboxPrefix: options.inboxPrefix }),
      ...(options.tls === undefined ? {} : { tls: { ...options.tls } }),
      waitOnFirstConnect: options.waitForServer ?? false,
      maxReconnectAttempts: -1,
      reconnectTimeWait: RECONNECT_MS,
      reconnectJitter: RECONNECT_JITTER_MS,
      reconnectJitterTLS: RECONNECT_JITTER_MS,
      timeout: CONNECT_MS,
      pingInterval: PING_MS,
      maxPingOut: 2,
      noAsyncTraces: true,
    });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new BusError('unavailable', `no connection to NATS at ${servers.join(', ')}: ${reason}`, { cause });
  }
}

function readUrl(text: string): { servers: string[]; user: BusCredentials | undefined } {
  let user: BusCredentials | undefined;
  const servers = text.split(',').map((part) => {
    const url = new URL(part.trim().includes('://') ? part.trim() : `nats://${part.trim()}`);
    if (url.username !== '') {
      user =
        url.password === ''
          ? { token: decodeURIComponent(url.username) }
          : { user: decodeURIComponent(url.username), password: decodeURIComponent(url.password) };
    }
    return `${url.protocol}//${url.host}`;
  });
  return { servers, user };
}

function authentication(credentials: BusCredentials | undefined): Partial<NodeConnectionOptions> {
  if (credentials === undefined) return {};
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  if ('user' in credentials) return { user: credentials.user, pass: credentials.password };
  if ('token' in credentials) return { token: credentials.token };
  if ('creds' in credentials) return { authenticator: credsAuthenticator(bytes(credentials.creds)) };
  return { authenticator: nkeyAuthenticator(bytes(credentials.nkeySeed)) };
}
