import { expect, test } from 'vitest';
import { Award, ContractError, DeadLetter } from '@parley/contracts';
import { RetryableError, TerminalError } from './errors.ts';
import { ManualClock } from './memory/clock.ts';
import { createMemoryBroker } from './memory/create.ts';
import type { Bus, Delivery } from './port.ts';
import { settle } from './settle.ts';

const MAX_DELIVER = 3;

/** Handles one award by throwing `error` every time; what came of it. */
async function handling(error: unknown, wrap: (bus: Bus) => Bus = (bus) => bus) {
  const clock = new ManualClock();
  const bus = createMemoryBroker({ clock }).connect('settle');
  const bugs: unknown[] = [];
  const deliveries: number[] = [];
  const settlements: string[] = [];
  await bus.ensureConsumer({
    stream: 'WORK',
    durable: 'a',
    filter: Award.filter(),
    ackWaitMs: 1_000,
    maxDeliver: MAX_DELIVER,
    maxAckPending: 10,
  });
  await bus.consume({ stream: 'WORK', durable: 'a', slots: 4 }, async (batch: readonly Delivery[]) => {
    for (const delivery of batch) {
      deliveries.push(delivery.deliveries);
      settlements.push(
        await settle(wrap(bus), delivery, error, {
          ns: 'n',
          source: 'agent',
          maxDeliver: MAX_DELIVER,
          onBug: (bug) => bugs.push(bug),
        }),
      );
    }
  });
  const subject = Award.toSubject({ ns: 'n', agent: 'a', taskId: 't', attempt: '1' });
  await bus.storeOne({
    subject,
    payload: new TextEncoder().encode('{"x":1}'),
    id: '1',
    headers: { traceparent: 'tp' },
  });
  await clock.advance(120_000);
  const letters = [];
  for await (const message of bus.read('DEADLETTER', DeadLetter.filter()))
    letters.push(DeadLetter.decode(message.payload));
  return { bugs, deliveries, settlements, letters, subject };
}

test('what breaks the contract is dead-lettered whole, with its reason, and never delivered again', async () => {
  const { deliveries, letters, settlements, subject } = await handling(
    new ContractError('message_invalid', '/x: must be a string'),
  );
  expect(deliveries).toEqual([1]);
  expect(settlements).toEqual(['dead_lettered']);
  expect(letters).toHaveLength(1);
  expect(letters[0]).toMatchObject({
    subject,
    stream: 'WORK',
    sequence: 1,
    deliveries: 1,
    code: 'message_invalid',
    reason: '/x: must be a string',
  });
  expect(letters[0]?.headers).toMatchObject({ traceparent: 'tp' });
  expect(Buffer.from(letters[0]?.payload ?? '', 'base64').toString()).toBe('{"x":1}');
});

test('what will never work is recorded and acked', async () => {
  const { deliveries, letters, settlements } = await handling(
    new TerminalError('no_such_tool', 'there is no such tool'),
  );
  expect(deliveries).toEqual([1]);
  expect(settlements).toEqual(['failed']);
  expect(letters).toMatchObject([{ code: 'no_such_tool' }]);
});

test('what may work later comes again, and is dead-lettered at the limit', async () => {
  const { bugs, deliveries, letters } = await handling(new RetryableError('busy', { retryAfterMs: 50 }));
  expect(deliveries).toEqual([1, 2, 3]);
  expect(letters).toMatchObject([{ code: 'retries_exhausted', reason: 'busy', deliveries: 3 }]);
  expect(bugs).toEqual([]);
});

test('a bug is reported every time, comes again, and is dead-lettered at the limit', async () => {
  const bug = new TypeError('x is not a function');
  const { bugs, deliveries, letters } = await handling(bug);
  expect(deliveries).toEqual([1, 2, 3]);
  expect(bugs).toEqual([bug, bug, bug]);
  expect(letters).toMatchObject([{ code: 'internal', reason: 'x is not a function' }]);
});

test('when no dead letter can be stored the message is kept and the reason reported', async () => {
  const down = new Error('the stream is away');
  const unwritable = (bus: Bus): Bus =>
    new Proxy(bus, {
      get: (target, key) => {
        if (key === 'storeOne') return async () => await Promise.reject(down);
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  const { bugs, deliveries, letters } = await handling(new ContractError('message_invalid', 'bad'), unwritable);
  expect(deliveries).toEqual([1, 2, 3]);
  expect(bugs).toEqual([down, down, down]);
  expect(letters).toEqual([]);
});
