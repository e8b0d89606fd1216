import type { Json } from '@parley/contracts';
import { expect, test } from 'vitest';
import { openWorld, task } from './testing/world.ts';

const echo = ({ input }: { input: Json }) => ({ kind: 'result' as const, output: input });

test('a sequence runs step by step, each on the output of the one before', async () => {
  await using world = await openWorld();
  await world.register({ kind: 'sequence', id: 's', steps: [task('a'), task('b'), task('c')] });
  await world.work(({ input, path }) => ({ kind: 'result', output: `${JSON.stringify(input)}>${path}` }));
  const run = await world.submit({ input: 1 });
  const settled = await world.settled(run);
  expect(settled).toMatchObject({ status: 'completed', steps: 3, usage: { inputTokens: 30, microUsd: 15 } });
  expect(settled.output).toBe('"\\"1>0.0\\">0.1">0.2');
  expect((await world.events(run)).filter(({ type }) => type === 'RunSettled')).toHaveLength(1);
});

test('a map starts a branch per item and gives their outputs in the order of the items', async () => {
  await using world = await openWorld();
  await world.register({ kind: 'concurrent', id: 'm', map: { over: { $from: '/input' }, node: task('each') } });
  const run = await world.submit({ input: ['x', 'y', 'z'] });
  expect((await world.scheduled(run)).map(({ input }) => input)).toEqual(['x', 'y', 'z']);
  for (const path of ['0.2', '0.0', '0.1']) await world.report(run, path, { kind: 'result', output: path });
  expect((await world.settled(run)).output).toEqual(['0.0', '0.1', '0.2']);
});

test('reports that wait at the same moment are decided on together', async () => {
  await using world = await openWorld();
  await world.register({ kind: 'concurrent', id: 'm', map: { over: { $from: '/input' }, node: task('each') } });
  await world.work(echo);
  const run = await world.submit({ input: Array.from({ length: 50 }, (_, i) => i) });
  await world.settled(run);
  expect((await world.log(run)).n).toBe(2);
});

test('outputs that are too large to be merged end the run with a reason that names them', async () => {
  await using world = await openWorld();
  await world.register({ kind: 'concurrent', id: 'm', map: { over: { $from: '/input' }, node: task('each') } });
  await world.work(() => ({ kind: 'result', output: 'x'.repeat(60_000) }));
  const run = await world.submit({ input: Array.from({ length: 20 }, (_, i) => i) });
  expect(await world.settled(run)).toMatchObject({
    status: 'cancelled',
    error: { message: expect.stringMatching(/more than a message may have/) },
  });
  expect(await world.deadLetters()).toEqual([]);
});

test('a decision over the size limit is split, and nothing is lost', async () => {
  await using world = await openWorld();
  const steps = [task('large'), task('small', { input: { $from: '/item' } })];
  await world.register({
    kind: 'concurrent',
    id: 'm',
    map: { over: { $from: '/input' }, node: { kind: 'sequence', id: 's', steps } },
  });
  const large = 'x'.repeat(60_000);
  await world.work(({ path, input }) => ({ kind: 'result', output: path.endsWith('.0') ? large : input }));
  const run = await world.submit({ input: Array.from({ length: 12 }, (_, i) => i) });
  expect((await world.settled(run)).output).toEqual(Array.from({ length: 12 }, (_, i) => i));
  expect((await world.log(run)).n).toBeGreaterThan(3);
});

test('a task that fails for good fails the run with its error', async () => {
  await using world = await openWorld();
  await world.register({ kind: 'sequence', id: 's', steps: [task('a'), task('b')] });
  await world.work(() => ({ kind: 'failed', error: { code: 'no_luck', message: 'none', retryable: false } }));
  const run = await world.submit({ input: 1 });
  expect(await world.settled(run)).toMatchObject({ status: 'failed', error: { code: 'no_luck' } });
  expect(await world.scheduled(run)).toHaveLength(1);
});

test('the same idempotency key is the same run, and without a key every submission is another', async () => {
  await using world = await openWorld();
  await world.register(task('a'));
  await world.submit({ input: 1, idempotencyKey: 'k' });
  await world.submit({ input: 2, idempotencyKey: 'k' });
  const unkeyed = [await world.submit({ input: 3 }), await world.submit({ input: 3 })];
  const runs = await world.bus.lastPerSubject('RUNS', 'parley.v1.run.event.>', 10);
  expect(runs).toHaveLength(3);
  for (const run of unkeyed) expect(await world.scheduled(run)).toMatchObject([{ input: 3, attempt: 1 }]);
});

test('a run keeps the definition that it started with', async () => {
  await using world = await openWorld({ cacheRuns: 1 });
  await world.register({ kind: 'sequence', id: 's', steps: [task('a'), task('b')] });
  const run = await world.submit({ input: 1 });
  await world.register({ kind: 'sequence', id: 's', steps: [task('a', { capability: 'other' })] });
  const other = await world.submit({ input: 1 });
  await world.report(run, '0.0', { kind: 'result', output: 1 });
  expect((await world.scheduled(run)).map(({ capability }) => capability)).toEqual(['work', 'work']);
  expect(await world.scheduled(other)).toMatchObject([{ capability: 'other' }]);
});

test('a definition with faults is refused with their places', async () => {
  await using world = await openWorld();
  const steps = [task('a'), task('a'), task('b', { input: { $from: '/steps/z' } })];
  await expect(world.register({ kind: 'sequence', id: 's', steps })).rejects.toMatchObject({
    problem: { code: 'definition_invalid', field: '/root/steps/1/id', message: expect.stringContaining('/steps/z') },
  });
});
