import type { StoredMessage } from './port.ts';

/** What `newestOfEach` needs of a stream. */
export interface SequenceReader {
  last(stream: string, filter: string): Promise<StoredMessage | undefined>;
  read(stream: string, filter: string, fromSequence?: number): AsyncIterable<StoredMessage>;
}

const GROWTH = 4;

/**
 * The newest message of every subject, at most `limit`, newest first. Reads a window at the end of the stream that grows until it holds
 * enough subjects: the newest ones have their newest message inside it.
 */
export async function newestOfEach(
  reader: SequenceReader,
  stream: string,
  filter: string,
  limit: number,
): Promise<StoredMessage[]> {
  const end = (await reader.last(stream, filter))?.sequence ?? 0;
  for (let window = limit * GROWTH; ; window *= GROWTH) {
    const from = Math.max(1, end - window + 1);
    const newest = new Map<string, StoredMessage>();
    for await (const message of reader.read(stream, filter, from)) newest.set(message.subject, message);
    if (newest.size >= limit || from === 1)
      return [...newest.values()].sort((a, b) => b.sequence - a.sequence).slice(0, limit);
  }
}
