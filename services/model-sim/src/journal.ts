import type { WireUsage } from './message.ts';
import type { StopReason } from './brain.ts';

/** One request as the server saw it; filled in while it is handled. Times are ISO 8601 of the wall clock. */
export interface JournalEntry {
  requestId: string;
  at: string;
  path: string;
  /** SHA-256 of the raw body in hex: two equal ones are the same call made twice. */
  bodySha256: string;
  model?: string;
  agent?: string;
  runId?: string;
  taskId?: string;
  stream?: boolean;
  /** Kinds of the injected faults. */
  faults?: string[];
  status?: number;
  errorType?: string;
  stopReason?: StopReason;
  usage?: WireUsage;
  /** Events written to the stream. */
  events?: number;
  finishedAt?: string;
  /** The client went away before the answer was complete. */
  abortedAt?: string;
}

const CAPACITY = 10_000;

/** Adds an entry; the oldest are dropped beyond 10,000. */
export function record(journal: JournalEntry[], entry: JournalEntry): JournalEntry {
  journal.push(entry);
  if (journal.length > CAPACITY) journal.splice(0, journal.length - CAPACITY);
  return entry;
}

/** Reads `agent/run/task` from `metadata.user_id`; anything else is no identity. */
export function identityOf(userId: string | null | undefined): { agent?: string; runId?: string; taskId?: string } {
  const [, agent, runId, taskId] = /^([^/]+)\/([^/]+)\/(.+)$/s.exec(userId ?? '') ?? [];
  return agent === undefined || runId === undefined || taskId === undefined ? {} : { agent, runId, taskId };
}
