import type { Headers, StreamName } from '@parley/contracts';

/** A message of the log. */
export interface LogMessage {
  readonly subject: string;
  readonly payload: Uint8Array;
  readonly sequence: number;
}

/** Something that follows until it is stopped. */
export interface Following extends AsyncDisposable {
  stop(): Promise<void>;
  /** Rejects when it ended by itself for good. */
  readonly closed: Promise<void>;
}

/** What boards need of the log that their changes go to; every `Bus` is one. */
export interface BoardLog {
  now(): number;
  store(
    messages: readonly { subject: string; payload: Uint8Array; headers: Headers; id: string }[],
  ): Promise<({ readonly sequence: number; readonly duplicate: boolean } | (Error & { readonly code: string }))[]>;
  follow(
    stream: StreamName,
    filter: string,
    handle: (messages: readonly LogMessage[]) => void,
    options?: { fromSequence?: number },
  ): Promise<Following>;
  read(stream: StreamName, filter: string, fromSequence?: number): AsyncIterable<LogMessage>;
  last(stream: StreamName, filter: string): Promise<LogMessage | undefined>;
  streamInfo(stream: StreamName): Promise<{ lastSequence: number }>;
}
