import { decodeJson, QueryRun, QueryRuns } from '@parley/contracts';
import { expect, test } from 'vitest';
import { NS, openWorld, task } from './testing/world.ts';

test('a signal for an attempt that the other conductor opened is not taken for an old one', async () => {
  await using world = await openWorld();
  const bus = world.connect();
  await using other = await world.conductor(bus);
  await world.register(task('a', { attempts: 5 }));
  const run = await world.submit({ input: 1 });
  const unroutable = (attempt: number) =>
    world.signal(run, { kind: 'unroutable', task: `${run}-0`, attempt, reason: 'nobody can' });
  // Deliveries alternate between the two: each finds attempts that it has not opened itself.
  for (const attempt of [1, 2, 3, 4, 5]) {
    expect((await world.scheduled(run)).at(-1)).toMatchObject({ attempt });
    await unroutable(attempt);
    await world.clock.advance(20_000);
  }
  expect(await world.settled(run)).toMatchObject({ status: 'failed', error: { code: 'unroutable' } });
  expect(other.closed).toBeInstanceOf(Promise);
});

test('both conductors answer questions with the newest state of a run', async () => {
  await using world = await openWorld({ conductors: 2 });
  await world.register({ kind: 'sequence', id: 's', steps: [task('a'), task('b'), task('c')] });
  await world.work(({ input }) => ({ kind: 'result', output: input }));
  const run = await world.submit({ input: 1 });
  const { status } = await world.settled(run);
  const ask = async (subject: string, payload: Uint8Array) =>
    decodeJson((await world.bus.request({ subject, payload }, { timeoutMs: 1_000 })).payload);
  for (let i = 0; i < 4; i++) {
    expect(await ask(QueryRun.toSubject({ ns: NS }), QueryRun.encode({ run }))).toMatchObject({ status });
    expect(await ask(QueryRuns.toSubject({ ns: NS }), QueryRuns.encode({}))).toMatchObject({ runs: [{ run, status }] });
  }
});

test('two conductors that are told the same at the same moment append one decision', async () => {
  await using world = await openWorld({ conductors: 2 });
  await world.register({ kind: 'sequence', id: 's', steps: [task('a'), task('b')] });
  const run = await world.submit({ input: 1 });
  await world.report(run, '0.0', { kind: 'result', output: 1 });
  await world.control(run, 'halt');
  await world.control(run, 'resume');
  expect((await world.events(run)).filter(({ type }) => type === 'ControlApplied')).toHaveLength(2);
  expect(await world.scheduled(run)).toHaveLength(3);
  expect((await world.decisions(run)).map(({ n }) => n)).toEqual([1, 2, 3, 4]);
});
