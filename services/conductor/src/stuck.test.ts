import { encodeJson, QueryStuck } from '@parley/contracts';
import { expect, test } from 'vitest';
import { NS, openWorld, task, type World } from './testing/world.ts';

async function stuck(world: World, body: object = {}) {
  const subject = QueryStuck.toSubject({ ns: NS });
  const { payload } = await world.bus.request({ subject, payload: encodeJson(body) }, { timeoutMs: 1_000 });
  return QueryStuck.reply === undefined
    ? undefined
    : QueryStuck.reply.parse(JSON.parse(new TextDecoder().decode(payload)));
}

test('runs that are silent for a while are told with what they wait for, longest first; others are not', async () => {
  await using world = await openWorld();
  await world.register(task('a', { performMs: 600_000 }));
  const first = await world.submit({ input: 1 });
  await world.clock.advance(1_000);
  const second = await world.submit({ input: 2 });
  const done = await world.submit({ input: 3 });
  await world.report(done, '0', { kind: 'result', output: 1 });
  expect(await stuck(world)).toEqual({ runs: [], more: false });
  await world.clock.advance(61_000);
  const young = await world.submit({ input: 4 });
  const found = await stuck(world);
  expect(found?.runs.map(({ run }) => run)).toEqual([first, second]);
  expect(found?.runs[0]).toMatchObject({ status: 'running', waits: [{ id: 'a', for: 'agent', capability: 'work' }] });
  expect((await stuck(world, { olderMs: 0 }))?.runs.map(({ run }) => run)).toContain(young);
  expect(await stuck(world, { limit: 1 })).toMatchObject({ runs: [{ run: first }], more: true });
});

test('a paused run waits for its resume', async () => {
  await using world = await openWorld();
  await world.register({ kind: 'sequence', id: 's', steps: [task('a'), task('b')] });
  const run = await world.submit({ input: 1 });
  await world.control(run, 'pause');
  await world.report(run, '0.0', { kind: 'result', output: 1 });
  await world.clock.advance(120_000);
  expect((await stuck(world))?.runs).toMatchObject([{ run, status: 'paused', waits: [{ id: 's', for: 'resume' }] }]);
});
