import type { BucketDeclaration, StreamDeclaration } from '@parley/contracts';

export const NANOS = 1_000_000;

/** The part of a JetStream stream configuration that Parley sets; sizes in bytes, times in nanoseconds. */
export interface StreamConfig {
  name: string;
  subjects: string[];
  retention: 'workqueue' | 'limits';
  storage: 'file' | 'memory';
  discard: 'new' | 'old';
  max_age: number;
  max_bytes: number;
  max_msgs_per_subject: number;
  duplicate_window: number;
  num_replicas: number;
  allow_direct: boolean;
  allow_rollup_hdrs: boolean;
  deny_delete: boolean;
  deny_purge: boolean;
  allow_msg_ttl: boolean;
  allow_msg_schedules: boolean;
  subject_delete_marker_ttl?: number;
}

/** Milliseconds for which a bucket's watchers can still see that a key expired. */
const MARKER_TTL_MS = 60_000;

const DEFAULT_DUPLICATE_WINDOW_MS = 120_000;

export function configOfStream(name: string, stream: StreamDeclaration): StreamConfig {
  return {
    name,
    subjects: [...stream.subjects],
    retention: stream.retention,
    storage: stream.storage,
    // The server refuses schedules in a stream that refuses new messages when full.
    discard: stream.allowSchedules === true ? 'old' : stream.discard,
    max_age: stream.maxAgeMs * NANOS,
    max_bytes: stream.maxBytes === 0 ? -1 : stream.maxBytes,
    max_msgs_per_subject: stream.maxPerSubject ?? -1,
    duplicate_window: stream.duplicateWindowMs * NANOS,
    num_replicas: 1,
    allow_direct: true,
    allow_rollup_hdrs: stream.allowSchedules ?? false,
    deny_delete: stream.denyDelete ?? false,
    deny_purge: stream.denyPurge ?? false,
    allow_msg_ttl: stream.allowTtl ?? false,
    allow_msg_schedules: stream.allowSchedules ?? false,
  };
}

/** The stream under a bucket, laid out as every NATS client expects it (ADR-8). */
export function configOfBucket(name: string, bucket: BucketDeclaration): StreamConfig {
  return {
    name: bucketStream(name),
    subjects: [`${bucketSubject(name)}>`],
    retention: 'limits',
    storage: 'file',
    discard: 'new',
    max_age: 0,
    max_bytes: -1,
    max_msgs_per_subject: bucket.history,
    duplicate_window: DEFAULT_DUPLICATE_WINDOW_MS * NANOS,
    num_replicas: 1,
    allow_direct: true,
    allow_rollup_hdrs: true,
    deny_delete: true,
    deny_purge: false,
    allow_msg_ttl: bucket.expiring,
    allow_msg_schedules: false,
    ...(bucket.expiring ? { subject_delete_marker_ttl: MARKER_TTL_MS * NANOS } : {}),
  };
}

export const bucketStream = (name: string): string => `KV_${name}`;

/** What stands before the key in a bucket's subjects. */
export const bucketSubject = (name: string): string => `$KV.${name}.`;

/** The stream of a bucket's subject, undefined for any other subject. */
export function streamOfBucketSubject(subject: string): string | undefined {
  const name = /^\$KV\.([^.]+)\./.exec(subject)?.[1];
  return name === undefined ? undefined : bucketStream(name);
}
