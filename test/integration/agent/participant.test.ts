import { type Agent, defineAgent, type RunningAgent, startAgent, TerminalError } from '@parley/agent';
import { connectBus } from '@parley/bus';
import { JournalEntry } from '@parley/contracts';
import { eventually, sharedNats } from '@parley/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { type Initiator, startInitiator } from './initiator.ts';

const Text = z.object({ text: z.string() });

const gates = new Map<string, PromiseWithResolvers<void>>();
let performed: string[] = [];

/** Counts in steps, and waits where the test wants it to. */
const worker = defineAgent({
  name: 'worker',
  version: '1.0.0',
  description: 'Works.',
  capabilities: {
    noop: { description: 'Does nothing.', input: Text, output: Text },
    fail: { description: 'Fails.', input: Text, output: Text },
    wrong: { description: 'Answers the wrong thing.', input: Text, output: Text },
    slow: { description: 'Waits between two steps.', input: Text, output: Text },
    large: { description: 'Answers at length.', input: Text, output: Text },
  },
  perform: {
    noop: (input) => input,
    fail: ({ text }) => {
      throw new TerminalError(text, 'as asked');
    },
    wrong: () => ({ text: 7 }) as never,
    slow: async ({ text }, { step, signal }) => {
      const before = await step('before', () => {
        performed.push(`before ${text}`);
        return 1;
      });
      const stopped = new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      });
      await Promise.race([gates.get(text)?.promise, stopped]);
      const after = await step('after', () => {
        performed.push(`after ${text}`);
        return 2;
      });
      return { text: `${before}${after}` };
    },
    large: ({ text }) => ({ text: text.repeat(100_000) }),
  },
});

let initiator: Initiator;
const running: RunningAgent[] = [];

async function start(agent: Agent, instance: string): Promise<RunningAgent> {
  const bus = await connectBus({ url: await sharedNats(), name: instance, topology: 'none' });
  const started = await startAgent(agent, { bus, ns: initiator.ns, instance, slots: 8, drainMs: 100 });
  running.push(started);
  return {
    ...started,
    async [Symbol.asyncDispose]() {
      await started[Symbol.asyncDispose]();
      await bus.close();
    },
  };
}

beforeAll(async () => {
  initiator = await startInitiator();
});

afterAll(async () => {
  await initiator[Symbol.asyncDispose]();
});

test('an agent introduces itself, bids, performs an award and reports under its token', async () => {
  await using _ = await start(worker, 'w1');
  await eventually(() => expect(initiator.beats.at(-1)).toMatchObject({ instance: 'w1', inHand: 0, slots: 8 }));
  const offer = {
    run: 'r1',
    attempt: 1,
    criteria: 'balanced',
    deadlineAt: Date.now() + 1_000,
    performMs: 1_000,
    inputBytes: 9,
  } as const;
  initiator.cfp('noop', [
    { ...offer, task: 'r1-0', input: { text: 'a' } },
    { ...offer, task: 'r1-1', input: { text: 7 } },
  ]);
  await eventually(() => expect(initiator.proposals).toHaveLength(1));
  expect(initiator.proposals[0]).toMatchObject({
    instance: 'w1',
    proposals: [{ task: 'r1-0', load: 0 }],
    refusals: [{ task: 'r1-1', reason: expect.stringMatching(/^input_invalid: \/text/) as unknown }],
  });
  const { task, token } = await initiator.award(worker, { capability: 'noop', input: { text: 'hello' } });
  expect(await initiator.reportOf(task)).toMatchObject({
    kind: 'result',
    output: { text: 'hello' },
    token,
    instance: 'w1',
  });
});

test('faults of input, output and work are failed reports with their code', async () => {
  await using _ = await start(worker, 'w2');
  for (const [capability, input, code] of [
    ['noop', { text: 7 }, 'input_invalid'],
    ['wrong', { text: 'x' }, 'result_invalid'],
    ['fail', { text: 'no_such_thing' }, 'no_such_thing'],
    ['unheard', { text: 'x' }, 'capability_unknown'],
  ] as const) {
    const { task } = await initiator.award(worker, { capability, input });
    expect(await initiator.reportOf(task)).toMatchObject({ kind: 'failed', error: { code, retryable: false } });
  }
});

test('an attempt past its perform time fails and may be tried again', async () => {
  gates.set('endless', Promise.withResolvers());
  await using _ = await start(worker, 'w3');
  const { task } = await initiator.award(worker, { capability: 'slow', input: { text: 'endless' }, performMs: 150 });
  expect(await initiator.reportOf(task)).toMatchObject({
    kind: 'failed',
    error: { code: 'perform_timeout', retryable: true },
  });
});

test('an output over 64 KiB travels as a blob, and is whole where it is an input', async () => {
  await using _ = await start(worker, 'w4');
  const { task } = await initiator.award(worker, { capability: 'large', input: { text: 'ab' } });
  const report = await initiator.reportOf(task);
  expect(report).toMatchObject({ kind: 'result', output: { $blob: { by: 'worker', bytes: 200_011 } } });
  const blob = report.kind === 'result' ? report.output : null;
  const next = await initiator.award(worker, { capability: 'noop', input: blob });
  expect(await initiator.reportOf(next.task)).toMatchObject({ kind: 'result', output: { $blob: { bytes: 200_011 } } });
});

test('a halt stops the work, journals nothing more and parks it; an award of an older epoch stays parked', async () => {
  gates.set('halted', Promise.withResolvers());
  await using _ = await start(worker, 'w5');
  const award = await initiator.award(worker, { capability: 'slow', input: { text: 'halted' } });
  await eventually(() => expect(performed).toContain('before halted'));
  const epoch = await initiator.control('run', award.run, 'halt');
  expect(await initiator.reportOf(award.task)).toMatchObject({ kind: 'parked', reason: 'halt: the test says so' });
  gates.get('halted')?.resolve();
  const late = await initiator.award(worker, { ...award, attempt: 2, token: 'token2', input: { text: 'halted' } });
  expect(await initiator.reportOf(late.task, 2)).toMatchObject({ kind: 'parked' });
  expect(performed).not.toContain('after halted');
  await initiator.control('run', award.run, 'resume');
  const resumed = { ...award, attempt: 3, epoch: epoch + 1, continues: true, token: 'token3' };
  await initiator.award(worker, resumed);
  expect(await initiator.reportOf(award.task, 3)).toMatchObject({ kind: 'result', output: { text: '12' } });
  expect(performed.filter((entry) => entry.endsWith('halted'))).toEqual(['before halted', 'after halted']);
  expect((await initiator.journal('worker', award.journal)).map(({ n, name, attempt }) => [n, name, attempt])).toEqual([
    [1, 'before', 1],
    [2, 'after', 3],
    [3, '$outcome', 3],
  ]);
});

test('an instance that vanishes is followed by another, which repeats no journaled step', async () => {
  performed = [];
  gates.set('vanish', Promise.withResolvers());
  const first = await start(worker, 'w6');
  const { task } = await initiator.award(worker, { capability: 'slow', input: { text: 'vanish' } });
  await eventually(() => expect(performed).toEqual(['before vanish']));
  await first[Symbol.asyncDispose]();
  gates.get('vanish')?.resolve();
  await using _ = await start(worker, 'w7');
  expect(await initiator.reportOf(task)).toMatchObject({ kind: 'result', output: { text: '12' }, instance: 'w7' });
  expect(performed).toEqual(['before vanish', 'after vanish']);
});

test('of two holders of one task, the one that writes second stops, and takes over what the other wrote', async () => {
  performed = [];
  gates.set('twice', Promise.withResolvers());
  await using _ = await start(worker, 'w8');
  const award = await initiator.award(worker, { capability: 'slow', input: { text: 'twice' } });
  await eventually(() => expect(performed).toEqual(['before twice']));
  const before = await eventually(async () => {
    const [entry] = await initiator.journal('worker', award.journal);
    if (entry === undefined) throw new Error('nothing journaled yet');
    return entry;
  });
  const subject = JournalEntry.toSubject({ ns: initiator.ns, agent: 'worker', journal: award.journal });
  const other = { ...before, n: 2, name: 'after', result: 'of the other', instance: 'other' };
  await initiator.bus.storeOne({ subject, payload: JournalEntry.encode(other), id: `other-${award.journal}` });
  gates.get('twice')?.resolve();
  expect(await initiator.reportOf(award.task)).toMatchObject({ kind: 'result', output: { text: '1of the other' } });
  expect(initiator.reports.filter(({ task }) => task === award.task)).toHaveLength(1);
  expect(performed).toEqual(['before twice', 'after twice']);
});

test('an agent that is drained leaves at once, and its work goes to the other replica', async () => {
  performed = [];
  gates.set('drained', Promise.withResolvers());
  await using leaving = await start(worker, 'w10');
  const { task } = await initiator.award(worker, { capability: 'slow', input: { text: 'drained' } });
  await eventually(() => expect(performed).toEqual(['before drained']));
  await using _ = await start(worker, 'w11');
  const drained = leaving.drain();
  await eventually(() =>
    expect(initiator.beats.some(({ instance, leaving: left }) => instance === 'w10' && left)).toBe(true),
  );
  await drained;
  gates.get('drained')?.resolve();
  expect(await initiator.reportOf(task)).toMatchObject({ kind: 'result', instance: 'w11' });
  expect(performed).toEqual(['before drained', 'after drained']);
});
