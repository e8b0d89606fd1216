import { HEADER } from '@parley/contracts';
import type { StreamOutgoing } from '../port.ts';
import type { DirectReader } from './direct.ts';

/**
 * Finds out whether a message whose outcome is unknown was stored: the first message on its subject after the expected sequence is read and
 * compared by id and payload. Not the newest one: somebody may have appended after ours in the meantime.
 */
export class ReadBack {
  readonly #reader: DirectReader;
  readonly #streamOf: (subject: string) => string | undefined;

  constructor(reader: DirectReader, streamOf: (subject: string) => string | undefined) {
    this.#reader = reader;
    this.#streamOf = streamOf;
  }

  /**
   * The sequence of `message` when it was stored, `other` when somebody else's stands in its place, `unreadable` when that cannot be told
   * now. `newest` is the sequence that the stream's leader reported with the conflict: a replica behind it is not believed.
   */
  async find(message: StreamOutgoing, newest: number | undefined): Promise<number | 'other' | 'unreadable'> {
    const { expect, subject } = message;
    const stream = this.#streamOf(subject);
    if (stream === undefined || expect === undefined) return 'other';
    try {
      const found = await this.#reader.next(stream, subject, expect.lastSequence + 1);
      if (found !== undefined) {
        const same =
          (found.headers[HEADER.msgId] ?? '') === message.id && Buffer.compare(found.payload, message.payload) === 0;
        return same ? found.sequence : 'other';
      }
      if (expect.subject === undefined || expect.subject === subject) return 'unreadable';
      const last = await this.#reader.last(stream, expect.subject);
      return last !== undefined && last.sequence >= (newest ?? 0) ? 'other' : 'unreadable';
    } catch {
      return 'unreadable';
    }
  }
}
