import { expect, test } from 'vitest';
import { Cancel, ContractError, HEADER } from '@parley/contracts';
import { compose, composeStored } from './outgoing.ts';

const body = { run: 'r', task: 't', attempt: 1 };
const envelope = { id: 'e1', source: '/router/x', conversation: 'r' };

test('a composed message has the declared subject, the encoded body and the headers of its envelope', () => {
  const message = compose(Cancel, { ns: 'n', agent: 'a' }, body, envelope, 0);
  expect(message.subject).toBe('parley.v1.task.cancel.n.a');
  expect(Cancel.decode(message.payload)).toEqual(body);
  expect(message.headers).toMatchObject({
    [HEADER.ceId]: 'e1',
    [HEADER.ceType]: 'parley.task.cancel',
    [HEADER.ceTime]: '1970-01-01T00:00:00.000Z',
    [HEADER.conversation]: 'r',
    [HEADER.performative]: 'cancel',
  });
});

test('a message for a stream is deduplicated by the id of its envelope', () => {
  expect(composeStored(Cancel, { ns: 'n', agent: 'a' }, body, envelope, 0).id).toBe('e1');
});

test('neither a bad token nor a bad body leaves the process', () => {
  expect(() => compose(Cancel, { ns: 'n.*', agent: 'a' }, body, envelope, 0)).toThrow(ContractError);
  expect(() => compose(Cancel, { ns: 'n', agent: 'a' }, { ...body, attempt: 0 }, envelope, 0)).toThrow(ContractError);
});
