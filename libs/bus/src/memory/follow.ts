import type { Running, StoredMessage } from '../port.ts';
import { running } from '../running.ts';
import { subjectMatches } from '../subject-filter.ts';
import type { MemoryStream } from './stream.ts';
import { oncePerTurn } from './turn.ts';

export interface FollowOptions {
  readonly fromSequence?: number;
  readonly lastPerSubject?: boolean;
  readonly onCaughtUp?: () => void;
}

/** Follows a stream in order; the messages of one turn of the event loop come together. */
export function followStream(
  stream: MemoryStream,
  filter: string,
  handle: (messages: readonly StoredMessage[]) => void,
  options: FollowOptions = {},
): Running {
  let caughtUp = false;
  let stopped = false;
  let waiting: StoredMessage[] =
    options.lastPerSubject === true
      ? stream.lastPerSubject(filter).reverse()
      : stream.from(options.fromSequence ?? 1, filter);
  let initial = waiting.length;
  const give = oncePerTurn(() => {
    if (stopped) return;
    const messages = waiting;
    waiting = [];
    const first = caughtUp ? messages : messages.slice(0, initial);
    if (first.length > 0) handle(first);
    if (caughtUp) return;
    caughtUp = true;
    options.onCaughtUp?.();
    const later = messages.slice(initial);
    initial = 0;
    if (later.length > 0) handle(later);
  });
  const forget = stream.onAppend((message) => {
    if (!subjectMatches(filter, message.subject) || message.sequence < (options.fromSequence ?? 1)) return;
    waiting.push(message);
    give();
  });
  give();
  return running(async () => {
    stopped = true;
    forget();
  }).handle;
}
