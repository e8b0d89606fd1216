const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const MIB = 1024 * 1024;
const GIB = 1024 * MIB;

/** Declaration of one JetStream stream. Times in milliseconds, sizes in bytes; 0 means unlimited. */
export interface StreamDeclaration {
  readonly subjects: readonly string[];
  /** `workqueue`: a message leaves when it is acked. `limits`: it stays until age or size removes it. */
  readonly retention: 'workqueue' | 'limits';
  readonly storage: 'file' | 'memory';
  readonly maxAgeMs: number;
  readonly maxBytes: number;
  /** Window of `Nats-Msg-Id` deduplication. */
  readonly duplicateWindowMs: number;
  /** When full: refuse the new message, or drop the oldest. */
  readonly discard: 'new' | 'old';
  readonly maxPerSubject?: number;
  readonly allowSchedules?: boolean;
  readonly allowTtl?: boolean;
  readonly denyDelete?: boolean;
  readonly denyPurge?: boolean;
  readonly why: string;
}

/** Where every message is stored on an expectation, deduplication by id adds nothing: the server keeps the smallest table. */
const guarded = { duplicateWindowMs: SECOND } as const;

const base = { storage: 'file', maxAgeMs: 0, duplicateWindowMs: 2 * MINUTE, discard: 'new' } as const;

/** Every stream of the protocol. */
export const STREAMS = {
  INTAKE: {
    ...base,
    subjects: ['parley.v1.run.submit.>'],
    retention: 'workqueue',
    maxBytes: 2 * GIB,
    duplicateWindowMs: SECOND,
    why: 'runs asked for, until the conductor has started them',
  },
  TASKS: {
    ...base,
    subjects: ['parley.v1.task.announce.>'],
    retention: 'workqueue',
    maxBytes: 2 * GIB,
    duplicateWindowMs: SECOND,
    why: 'tasks announced by other systems, until they have become runs of one leaf',
  },
  SIGNALS: {
    ...base,
    subjects: ['parley.v1.run.signal.>', 'parley.v1.task.report.>'],
    retention: 'workqueue',
    maxBytes: 8 * GIB,
    why: 'what happened to a run, until the conductor has decided on it',
  },
  TIMERS: {
    ...base,
    subjects: [
      'parley.v1.run.timer.>',
      'parley.v1.run.wake.>',
      'parley.v1.schedule.timer.>',
      'parley.v1.schedule.due.>',
    ],
    retention: 'workqueue',
    maxBytes: 4 * GIB,
    // The server refuses schedules on a stream that discards new messages.
    discard: 'old',
    allowSchedules: true,
    why: 'one armed wake-up per unfinished run, scheduled starts, and what of both has fired',
  },
  RUNS: {
    ...base,
    ...guarded,
    subjects: ['parley.v1.run.event.>'],
    retention: 'limits',
    maxBytes: 32 * GIB,
    denyDelete: true,
    why: 'the log: one subject per run, one message per decision',
  },
  WORK: {
    ...base,
    ...guarded,
    subjects: ['parley.v1.task.award.>'],
    retention: 'limits',
    maxBytes: 8 * GIB,
    maxAgeMs: 7 * DAY,
    discard: 'old',
    why: 'awards, one durable consumer per agent',
  },
  RESULTS: {
    ...base,
    subjects: ['parley.v1.task.result.>'],
    retention: 'limits',
    maxBytes: 4 * GIB,
    maxAgeMs: 7 * DAY,
    discard: 'old',
    why: 'answers to announced tasks',
  },
  CONTROL: {
    ...base,
    subjects: ['parley.v1.control.>'],
    retention: 'limits',
    maxBytes: 256 * MIB,
    maxPerSubject: 1,
    allowTtl: true,
    why: 'the last command per scope; its sequence is the epoch',
  },
  USAGE: {
    ...base,
    subjects: ['parley.v1.usage.record.>'],
    retention: 'limits',
    maxBytes: 16 * GIB,
    why: 'the ledger: every grant and closing of a permit',
  },
  JOURNAL: {
    ...base,
    ...guarded,
    subjects: ['parley.v1.journal.>'],
    retention: 'limits',
    maxBytes: 32 * GIB,
    maxAgeMs: 30 * DAY,
    discard: 'old',
    why: 'every model and tool exchange, so that no paid call is repeated',
  },
  BOARD: {
    ...base,
    subjects: ['parley.v1.board.changed.>'],
    retention: 'limits',
    maxBytes: 8 * GIB,
    maxAgeMs: 30 * DAY,
    discard: 'old',
    why: 'every change of a blackboard, in order',
  },
  BLOBS: {
    ...base,
    ...guarded,
    subjects: ['parley.v1.blob.>'],
    retention: 'limits',
    maxBytes: 32 * GIB,
    maxAgeMs: 30 * DAY,
    discard: 'old',
    why: 'payloads over 64 KiB, in chunks (claim check)',
  },
  APPROVALS: {
    ...base,
    ...guarded,
    subjects: ['parley.v1.approval.item.>'],
    retention: 'limits',
    maxBytes: 4 * GIB,
    // Longer than anything may wait for people.
    maxAgeMs: 460 * DAY,
    maxPerSubject: 1,
    discard: 'old',
    why: 'work items for people: the newest version of each',
  },
  DEADLETTER: {
    ...base,
    subjects: ['parley.v1.deadletter.>'],
    retention: 'limits',
    maxBytes: 4 * GIB,
    maxAgeMs: 30 * DAY,
    discard: 'old',
    why: 'what could not be processed, with its reason',
  },
} as const satisfies Record<string, StreamDeclaration>;

export type StreamName = keyof typeof STREAMS;

/** Declaration of one key-value bucket. */
export interface BucketDeclaration {
  /** Keys expire by themselves when they are written with a time to live. */
  readonly expiring: boolean;
  readonly history: number;
  readonly why: string;
}

/** Every key-value bucket of the protocol. */
export const BUCKETS = {
  agents: { expiring: false, history: 1, why: 'agent cards, key {ns}.{agent}; written by the router alone' },
  presence: {
    expiring: true,
    history: 1,
    why: 'live agent instances, key {ns}.{agent}.{instance}; written by the router alone',
  },
  workflows: {
    expiring: false,
    history: 1,
    why: 'definitions: versions.{ns}.{workflow} → numbers and digests, digest.{sha256} → definition',
  },
} as const satisfies Record<string, BucketDeclaration>;

export type BucketName = keyof typeof BUCKETS;
