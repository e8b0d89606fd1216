import { expect, test } from 'vitest';
import type { StoredMessage, StreamOutgoing } from '../port.ts';
import type { DirectReader } from './direct.ts';
import { ReadBack } from './read-back.ts';

const payload = new TextEncoder().encode('ours');
const ours: StreamOutgoing = { subject: 'run.r', payload, id: 'id-1', expect: { lastSequence: 4 } };

const stored = (sequence: number, id: string, content = payload): StoredMessage => ({
  subject: 'run.r',
  payload: content,
  headers: { 'Nats-Msg-Id': id },
  sequence,
  at: 0,
});

/** A stream that holds these messages. */
function over(messages: StoredMessage[]): ReadBack {
  const reader = {
    next: async (_stream: string, subject: string, from: number) =>
      messages.find((one) => one.subject === subject && one.sequence >= from),
    last: async () => messages.at(-1),
  };
  return new ReadBack(reader as unknown as DirectReader, () => 'RUNS');
}

test('finds its own message, also when others appended after it', async () => {
  expect(await over([stored(4, 'before'), stored(5, 'id-1'), stored(6, 'after')]).find(ours, 6)).toBe(5);
});

test("sees somebody else's message in its place, even under the same id", async () => {
  expect(await over([stored(4, 'before'), stored(5, 'other'), stored(6, 'id-1')]).find(ours, 6)).toBe('other');
  expect(await over([stored(5, 'id-1', new TextEncoder().encode('theirs'))]).find(ours, 5)).toBe('other');
});

test('does not judge by a replica that is behind', async () => {
  expect(await over([stored(4, 'before')]).find(ours, 5)).toBe('unreadable');
  const wildcard = { ...ours, expect: { lastSequence: 0, subject: 'run.*' } };
  const behind = over([{ ...stored(3, 'x'), subject: 'run.other' }]);
  expect(await behind.find(wildcard, 9)).toBe('unreadable');
  expect(await behind.find(wildcard, 3)).toBe('other');
});

test('cannot tell when the stream cannot be read', async () => {
  const reader = { next: async () => await Promise.reject(new Error('away')) };
  expect(await new ReadBack(reader as unknown as DirectReader, () => 'RUNS').find(ours, 5)).toBe('unreadable');
});
