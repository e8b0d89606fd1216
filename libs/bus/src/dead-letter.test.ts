import { expect, test } from 'vitest';
import { BlobChunk, DeadLetter } from '@parley/contracts';
import { deadLetter } from './dead-letter.ts';
import { createMemoryBus } from './memory/create.ts';
import type { CoreMessage } from './port.ts';

const message = (payload: Uint8Array): CoreMessage => ({
  subject: 'parley.v1.run.submit.n.w',
  payload,
  headers: { a: 'b' },
  reply: undefined,
});

test('the same core message is dead-lettered once', async () => {
  const bus = createMemoryBus();
  const bad = message(new TextEncoder().encode('not json'));
  const first = await deadLetter(bus, 'n', 'conductor', bad, 'json_invalid', 'no');
  expect(await deadLetter(bus, 'n', 'conductor', bad, 'json_invalid', 'no')).toEqual({ ...first, duplicate: true });
  const letter = DeadLetter.decode((await bus.last('DEADLETTER', DeadLetter.filter()))?.payload ?? new Uint8Array());
  expect(letter).toMatchObject({ subject: bad.subject, code: 'json_invalid', headers: { a: 'b' } });
  expect(letter.sequence).toBeUndefined();
});

test('a payload that does not fit into a dead letter is kept as a blob', async () => {
  const bus = createMemoryBus();
  await deadLetter(
    bus,
    'n',
    'conductor',
    message(new Uint8Array(1024 * 1024).fill(120)),
    'payload_too_large',
    'too large',
  );
  const letter = DeadLetter.decode((await bus.last('DEADLETTER', DeadLetter.filter()))?.payload ?? new Uint8Array());
  const sha256 = /blob ([0-9a-f]{64})/.exec(letter.reason)?.[1] ?? '';
  expect(await bus.last('BLOBS', BlobChunk.toSubject({ ns: 'n', agent: 'conductor', sha256, k: '3' }))).toBeDefined();
});
