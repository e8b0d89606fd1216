import { decodeJson, QueryRun, QueryRuns, runIdOfKey } from '@parley/contracts';
import { expect, test } from 'vitest';
import { switchable } from './testing/switchable.ts';
import { NS, openWorld, task } from './testing/world.ts';

/** Two conductors, of which one at a time gets deliveries; the first one begins. */
async function inTurns() {
  const world = await openWorld({ conductors: 0 });
  const [first, second] = [switchable(world.connect()), switchable(world.connect())];
  await world.conductor(first.bus);
  await world.conductor(second.bus);
  await first.on();
  return {
    world,
    async hand(to: 'first' | 'second'): Promise<void> {
      await (to === 'first' ? second : first).off();
      await (to === 'first' ? first : second).on();
      await world.rest();
    },
  };
}

test('a signal for an attempt that the other conductor opened is not taken for an old one', async () => {
  const { world, hand } = await inTurns();
  await using _ = world;
  await world.register(task('a', { attempts: 5 }));
  const run = await world.submit({ input: 1 });
  const unroutable = async (attempt: number) => {
    await world.signal(run, { kind: 'unroutable', task: `${run}-0`, attempt, reason: 'nobody can' });
    await world.clock.advance(10_000);
  };
  await hand('second');
  await unroutable(1);
  expect((await world.scheduled(run)).at(-1)).toMatchObject({ attempt: 2 });
  await hand('first');
  await unroutable(2);
  expect((await world.scheduled(run)).at(-1)).toMatchObject({ attempt: 3 });
});

test('a run that a conductor was given a command on before it began is not unknown to it afterwards', async () => {
  const { world, hand } = await inTurns();
  await using _ = world;
  await world.register(task('a'));
  const run = runIdOfKey(NS, 'k');
  await world.control(run, 'pause');
  await world.control(run, 'resume');
  await hand('second');
  await world.submit({ input: 1, idempotencyKey: 'k' });
  await hand('first');
  await world.report(run, '0', { kind: 'result', output: 'done' });
  expect((await world.settled(run)).output).toBe('done');
});

test('both conductors answer questions with the newest state of a run', async () => {
  const { world, hand } = await inTurns();
  await using _ = world;
  await world.register({ kind: 'sequence', id: 's', steps: [task('a'), task('b'), task('c')] });
  const run = await world.submit({ input: 1 });
  await world.report(run, '0.0', { kind: 'result', output: 1 });
  await hand('second');
  for (const path of ['0.1', '0.2']) await world.report(run, path, { kind: 'result', output: path });
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
