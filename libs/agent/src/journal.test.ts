import { createMemoryBroker, ManualClock } from '@parley/bus';
import { expect, test } from 'vitest';
import { createBlobs } from './blobs.ts';
import type { Entry } from './journal-cursor.ts';
import { type Journal, openJournal } from './journal.ts';

const STEP = { kind: 'model', name: 'ask#1', request: 'digest', result: 'paid for', usage: undefined } as const;

function world() {
  const bus = createMemoryBroker({ clock: new ManualClock(), onLog: () => {} }).connect('test');
  const blobs = createBlobs(bus, 'acme', 'alice');
  const whose = { ns: 'acme', agent: 'alice', journal: 'j1', attempt: 1, instance: 'i1' };
  return (holding: string, onStored: (entry: Entry) => void = () => {}): Journal =>
    openJournal({ bus, blobs, ...whose, holding, onStored });
}

test('what is journaled is found by a holder who was not told that there is a journal', async () => {
  const open = world();
  const first = open('first');
  expect(await first.find(STEP.name, STEP.kind, STEP.request)).toBeUndefined();
  await first.append(STEP);

  const second = open('second');
  const [found, other] = await Promise.all([
    second.find(STEP.name, STEP.kind, STEP.request),
    second.find('ask#2', STEP.kind, STEP.request),
  ]);
  expect([found?.result, other]).toEqual(['paid for', undefined]);
  await second.append({ ...STEP, name: 'ask#2' });
  expect(second.length).toBe(2);
  await expect(first.append({ ...STEP, name: 'ask#3' })).rejects.toMatchObject({ name: 'StopWork', kind: 'lost' });
});

test.each(['load', 'find'] as const)(
  'entries that are read by %s are told, those that are written are not',
  async (way) => {
    const open = world();
    await open('first').append(STEP);
    const told: string[] = [];
    const second = open('second', ({ name }) => told.push(name));
    if (way === 'load') await second.load();
    expect(await second.find(STEP.name, STEP.kind, STEP.request)).toBeDefined();
    await second.append({ ...STEP, name: 'ask#2' });
    expect(told).toEqual(['ask#1']);
  },
);
