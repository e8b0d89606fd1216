import { Control } from '@parley/contracts';
import { expect, test } from 'vitest';
import { followCaughtUp } from './caught-up.ts';
import { createMemoryBroker, ManualClock } from './index.ts';

const command = (id: string) => ({
  subject: Control.toSubject({ scope: 'run', ns: 'a', id }),
  payload: Control.encode({ verb: 'halt', by: 'test', reason: '' }),
});

test('the view is ready when everything stored has been given, and not between a lost connection and the next reading', async () => {
  const clock = new ManualClock();
  const broker = createMemoryBroker({ clock, onLog: () => {} });
  const bus = broker.connect('a');
  await bus.storeOne({ ...command('r1'), id: '1' });
  await bus.storeOne({ ...command('r2'), id: '2' });
  let tellStatus: (status: 'connected' | 'disconnected') => void = () => {};
  bus.onStatus = (listener) => {
    tellStatus = (status) => listener(status, 'test');
  };
  const seen: number[] = [];
  const errors: unknown[] = [];
  await using view = await followCaughtUp(
    bus,
    'CONTROL',
    Control.filter(),
    (messages) => void seen.push(...messages.map(({ sequence }) => sequence)),
    (error) => void errors.push(error),
  );
  const settle = async (): Promise<void> => {
    await clock.advance(0);
    await view.ready();
  };
  await settle();
  expect([view.caughtUp, seen]).toEqual([true, [1, 2]]);
  tellStatus('disconnected');
  expect(view.caughtUp).toBe(false);
  await bus.storeOne({ ...command('r1'), id: '3' });
  tellStatus('connected');
  expect(view.caughtUp).toBe(false);
  await settle();
  expect(view.caughtUp).toBe(true);
  expect(new Set(seen)).toEqual(new Set([1, 2, 3]));
  expect(errors).toEqual([]);
});
