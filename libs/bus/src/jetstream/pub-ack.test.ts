import type { Msg } from 'nats';
import { expect, test } from 'vitest';
import { readPubAck } from './pub-ack.ts';

const answer = (body: object): Msg => ({ data: new TextEncoder().encode(JSON.stringify(body)) }) as Msg;

test.each([
  [
    { stream: 'WORK', seq: 7 },
    { kind: 'stored', sequence: 7, duplicate: false },
  ],
  [
    { stream: 'WORK', seq: 7, duplicate: true },
    { kind: 'stored', sequence: 7, duplicate: true },
  ],
  [{ error: { code: 400, err_code: 10071, description: 'wrong last sequence: 12' } }, { kind: 'conflict', newest: 12 }],
  [
    { error: { code: 400, err_code: 10164, description: 'wrong last sequence' } },
    { kind: 'conflict', newest: undefined },
  ],
  [
    { error: { code: 400, err_code: 10054, description: 'message size exceeds maximum allowed' } },
    { kind: 'refused', code: 'too_large' },
  ],
  [
    { error: { code: 503, err_code: 10077, description: 'maximum bytes exceeded' } },
    { kind: 'refused', code: 'unavailable' },
  ],
  [{ error: { code: 503, err_code: 10008, description: 'temporarily unavailable' } }, { kind: 'later' }],
  [{ error: { code: 429, err_code: 10167, description: 'too many requests' } }, { kind: 'later' }],
])('the answer %j', (body, ack) => {
  expect(readPubAck(answer(body))).toMatchObject(ack);
});

test('an acknowledgement without a sequence proves nothing', () => {
  expect(readPubAck(answer({ stream: 'WORK', seq: 0, duplicate: true })).kind).toBe('later');
});
