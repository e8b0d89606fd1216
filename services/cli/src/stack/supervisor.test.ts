import { expect, test } from 'vitest';
import { PermanentFailure, type ProcessChange, type ProcessExit, type ReadyProcess, supervise } from './supervisor.ts';

interface FakeProcess extends ReadyProcess {
  die(exit: ProcessExit): void;
}

function fakeProcess(pid: number): FakeProcess {
  const gone = Promise.withResolvers<ProcessExit>();
  const die = (exit: ProcessExit): void => gone.resolve(exit);
  return { pid, exited: gone.promise, die, stop: async () => die({ code: 0, signal: null }) };
}

const killed: ProcessExit = { code: null, signal: 'SIGKILL' };

function harness(start: (n: number) => Promise<ReadyProcess>, restart = true) {
  const changes: ProcessChange[] = [];
  const pauses: number[] = [];
  const waiting: ((change: ProcessChange) => void)[] = [];
  let starts = 0;
  const supervisor = supervise({
    name: 'router',
    restart,
    start: () => start(++starts),
    pause: async (ms) => void pauses.push(ms),
    onChange(change) {
      changes.push(change);
      waiting.shift()?.(change);
    },
  });
  const nextChange = (): Promise<ProcessChange> => new Promise((resolve) => waiting.push(resolve));
  return { supervisor, changes, pauses, nextChange, starts: () => starts };
}

test('a process that is killed is started again and the restart is reported with its reason', async () => {
  const processes: FakeProcess[] = [];
  const { supervisor, changes, nextChange } = harness(async (n) => (processes[n] = fakeProcess(100 + n)));
  await supervisor.ready;
  processes[1]?.die(killed);
  await nextChange();
  await nextChange();
  expect(changes.map(({ status, because }) => [status, because])).toEqual([
    ['ready', undefined],
    ['restarting', 'ended by SIGKILL'],
    ['ready', undefined],
  ]);
  expect(supervisor.process?.pid).toBe(102);
  expect(supervisor.restarts).toBe(1);
  await supervisor.stop();
});

test('the pause before a restart doubles while a process keeps dying', async () => {
  const { supervisor, pauses } = harness(async (n) => {
    const child = fakeProcess(n);
    if (n < 10) child.die(killed);
    return child;
  });
  await supervisor.ready;
  while (pauses.length < 9) await Promise.resolve();
  expect(pauses).toEqual([100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000]);
  await supervisor.stop();
});

test('a process that was never ready is given up after four tries', async () => {
  const { supervisor, starts } = harness(async () => {
    throw new Error('no disk');
  });
  await expect(supervisor.ready).rejects.toThrow('no disk');
  expect(starts()).toBe(4);
  expect(supervisor.status).toBe('down');
});

test('a wrong configuration is not tried twice', async () => {
  const { supervisor, starts } = harness(async () => {
    throw new PermanentFailure('PARLEY_LEASE_KEY is required');
  });
  await expect(supervisor.ready).rejects.toThrow('PARLEY_LEASE_KEY');
  expect(starts()).toBe(1);
});

test('without restart a process that ended stays down', async () => {
  const child = fakeProcess(7);
  const { supervisor, nextChange, starts } = harness(async () => child, false);
  await supervisor.ready;
  child.die({ code: 3, signal: null });
  expect(await nextChange()).toMatchObject({ status: 'down', because: 'ended with code 3' });
  expect(starts()).toBe(1);
});

test('stopping ends the process and starts no other', async () => {
  const { supervisor, starts, changes } = harness(async (n) => fakeProcess(n));
  await supervisor.ready;
  await supervisor.stop();
  expect(supervisor.process).toBeUndefined();
  expect(changes.at(-1)?.status).toBe('stopped');
  expect(starts()).toBe(1);
});

test('a process that becomes ready only after the stop began is ended too', async () => {
  const child = fakeProcess(9);
  const started = Promise.withResolvers<ReadyProcess>();
  const { supervisor } = harness(() => started.promise);
  const stopped = supervisor.stop();
  started.resolve(child);
  await stopped;
  expect(await child.exited).toEqual({ code: 0, signal: null });
  await expect(supervisor.ready).rejects.toThrow('stopped before it was ready');
});
