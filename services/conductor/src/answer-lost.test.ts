import { encodeJson, TaskAnnouncement, TaskResult } from '@parley/contracts';
import type { Bus } from '@parley/bus';
import { expect, test } from 'vitest';
import { NS, openWorld } from './testing/world.ts';

/** A bus on which the first answer to an announced task cannot be stored. */
function failingOnce(bus: Bus): Bus {
  let failed = false;
  const store = bus.store.bind(bus);
  bus.store = async (messages) => {
    if (!failed && messages.some(({ subject }) => subject.startsWith('parley.v1.task.result.'))) {
      failed = true;
      throw new Error('no storage');
    }
    return await store(messages);
  };
  return bus;
}

test('an announced task that expires is answered although its answer could not be stored at first', async () => {
  await using world = await openWorld({ conductors: 0 });
  await world.conductor(failingOnce(world.connect()));
  await world.bus.storeOne({
    id: 'a1',
    subject: TaskAnnouncement.toSubject({ ns: NS, capability: 'work' }),
    payload: encodeJson({ task: 't1', input: 1, performMs: 100, attempts: 1 }),
  });
  const answer = await world.until(async () => {
    const stored = await world.bus.last('RESULTS', TaskResult.filter({ ns: NS, taskId: 't1' }));
    if (stored === undefined) throw new Error('no answer yet');
    return TaskResult.decode(stored.payload);
  });
  expect(answer).toMatchObject({ status: 'failed', error: { code: 'expired' } });
});
