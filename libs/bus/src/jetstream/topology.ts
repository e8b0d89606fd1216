import { setTimeout as delay } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { BucketDeclaration, StreamDeclaration } from '@parley/contracts';
import { BusError } from '../errors.ts';
import { API_CODE, ApiError } from './api.ts';
import type { JetStreamApi } from './api.ts';
import { tooOld } from './capability.ts';
import type { Link } from './link.ts';
import { configOfBucket, configOfStream } from './stream-config.ts';
import type { StreamConfig } from './stream-config.ts';

/** What must exist on the server. */
export interface Topology {
  readonly streams: Readonly<Record<string, StreamDeclaration>>;
  readonly buckets: Readonly<Record<string, BucketDeclaration>>;
}

/** Fields in which an existing stream must be as declared. Size, age and replicas are the operator's. */
const COMPARED = [
  'subjects',
  'retention',
  'storage',
  'discard',
  'max_msgs_per_subject',
  'duplicate_window',
  'allow_direct',
  'allow_rollup_hdrs',
  'deny_delete',
  'deny_purge',
  'allow_msg_ttl',
  'allow_msg_schedules',
  'subject_delete_marker_ttl',
] as const satisfies readonly (keyof StreamConfig)[];

/** Flags that a server without the feature leaves out of its answer. */
const FLAGS = ['allow_direct', 'allow_msg_ttl', 'allow_msg_schedules'] as const;

/** Smallest share of the declared sizes that is still worth running with. */
const SMALLEST_SHARE = 1 / 1024;

type Info = { config: Partial<StreamConfig> };

/**
 * Checks every stream and bucket, and with `ensure` creates those that are missing. An existing one is never edited. Throws `BusError`:
 * `topology_drift` naming stream and field, `server_too_old` when the server drops a flag.
 */
export async function settleTopology(
  api: JetStreamApi,
  link: Link,
  topology: Topology,
  mode: 'ensure' | 'check',
): Promise<void> {
  const wanted = [
    ...Object.entries(topology.streams).map(([name, stream]) => configOfStream(name, stream)),
    ...Object.entries(topology.buckets).map(([name, bucket]) => configOfBucket(name, bucket)),
  ];
  const found = await Promise.all(wanted.map(async (config) => await api.find<Info>(`STREAM.INFO.${config.name}`)));
  const missing: StreamConfig[] = [];
  for (const [i, config] of wanted.entries()) {
    const info = found[i];
    if (info !== undefined) compare(config, info.config);
    else missing.push(config);
  }
  if (missing.length === 0) return;
  if (mode === 'check') {
    throw new BusError(
      'topology_drift',
      `stream ${missing[0]?.name} is missing; start the conductor, which creates the streams, or run parley dev`,
    );
  }
  const share = await shareThatFits(api, missing);
  if (share < 1) {
    link.log(
      'warn',
      `the server's storage limit is below the declared stream sizes: streams are created with ${(share * 100).toFixed(1)} % of them`,
    );
  }
  for (const config of missing) await create(api, config, share);
}

const scaled = (bytes: number, share: number): number => (bytes <= 0 ? bytes : Math.max(1, Math.floor(bytes * share)));

/** A request that was answered too late was sent again, and the two are in each other's way: the next one finds the stream made. */
const MOST_REPEATS = 20;
const REPEAT_MS = 100;

async function create(api: JetStreamApi, config: StreamConfig, share: number): Promise<void> {
  let info: Info | undefined;
  let part = share;
  for (let repeats = 0; info === undefined;) {
    try {
      info = await api.call<Info>(`STREAM.CREATE.${config.name}`, {
        ...config,
        max_bytes: scaled(config.max_bytes, part),
      });
    } catch (error) {
      // Another process created it in the meantime, perhaps with another share.
      if (error instanceof ApiError && error.apiCode === API_CODE.streamNameInUse)
        info = await api.call<Info>(`STREAM.INFO.${config.name}`);
      else if (error instanceof ApiError && error.apiCode === API_CODE.storeNotMade && repeats++ < MOST_REPEATS)
        await delay(REPEAT_MS);
      else if (!isShortage(error)) throw error;
      else if (part < SMALLEST_SHARE) throw noSpace(error);
      else part /= 2;
    }
  }
  compare(config, info.config);
}

/**
 * The server reserves `max_bytes` of every stream against its storage limit (by default three quarters of the free disk) and refuses a
 * stream that does not fit. A throwaway stream of the whole size tells which share of all sizes does.
 */
async function shareThatFits(api: JetStreamApi, missing: readonly StreamConfig[]): Promise<number> {
  const total = missing.reduce((sum, { max_bytes }) => sum + Math.max(0, max_bytes), 0);
  if (total === 0) return 1;
  const name = `PARLEY_PROBE_${randomUUID().replaceAll('-', '')}`;
  const probe = { name, subjects: [`${name}.none`], retention: 'limits', storage: 'file', num_replicas: 1 };
  for (let share = 1; ; share /= 2) {
    try {
      await api.call(`STREAM.CREATE.${name}`, { ...probe, max_bytes: scaled(total, share) });
    } catch (error) {
      if (!isShortage(error)) throw error;
      if (share < SMALLEST_SHARE) throw noSpace(error);
      continue;
    }
    await api.find(`STREAM.DELETE.${name}`);
    return share;
  }
}

const isShortage = (error: unknown): boolean =>
  error instanceof ApiError &&
  (error.apiCode === API_CODE.storageExceeded || error.apiCode === API_CODE.memoryExceeded);

const noSpace = (cause: unknown): BusError =>
  new BusError(
    'unavailable',
    'the server has no storage left for the streams; free disk space or raise max_file_store',
    { cause },
  );

function compare(wanted: StreamConfig, found: Partial<StreamConfig>): void {
  for (const flag of FLAGS) {
    if (wanted[flag] && !(flag in found)) throw tooOld(`that drops ${flag} of stream ${wanted.name}`);
  }
  for (const field of COMPARED) {
    const want = wanted[field];
    const have =
      found[field] ?? (typeof want === 'boolean' ? false : field === 'subject_delete_marker_ttl' ? undefined : 0);
    if (!isDeepStrictEqual(have, want)) {
      throw new BusError(
        'topology_drift',
        `stream ${wanted.name}: ${field} is ${JSON.stringify(have)}, declared is ${JSON.stringify(want)}; streams are not edited: migrate or recreate it`,
      );
    }
  }
}
