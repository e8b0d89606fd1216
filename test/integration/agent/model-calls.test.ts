import {
  type Agent,
  type AgentLog,
  defineAgent,
  defineTool,
  type RunningAgent,
  silentLog,
  startAgent,
} from '@parley/agent';
import { connectBus } from '@parley/bus';
import { createAnthropicProvider } from '@parley/model';
import { type ModelSim, startModelSim } from '@parley/model-sim';
import { eventually, sharedNats } from '@parley/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { type Initiator, startInitiator } from './initiator.ts';

let initiator: Initiator;
let sim: ModelSim;

/** Tool calls that ran, and the gate that holds the second one. */
const ran: string[] = [];
let gate = Promise.withResolvers<void>();
let holding = Promise.withResolvers<void>();

const lookUp = defineTool({
  name: 'search_corpus',
  version: '1',
  description: 'Finds passages.',
  input: z.looseObject({ query: z.string() }),
  output: z.object({ hits: z.array(z.object({ file: z.string(), line: z.int(), text: z.string() })) }),
  run: ({ query }) => {
    ran.push(`search ${query}`);
    return { hits: [{ file: 'tides.md', line: 3, text: 'The tide is caused by the Moon and the Sun.' }] };
  },
});

const readOn = defineTool({
  name: 'read_passage',
  version: '1',
  description: 'Reads the passage around a line.',
  input: z.looseObject({ file: z.string(), line: z.int() }),
  output: z.object({ file: z.string(), sentences: z.array(z.object({ line: z.int(), text: z.string() })) }),
  run: async ({ file }) => {
    holding.resolve();
    await gate.promise;
    ran.push(`read ${file}`);
    return { file, sentences: [{ line: 3, text: 'The tide is caused by the Moon and the Sun.' }] };
  },
});

const scout = defineAgent({
  name: 'scout',
  version: '1.0.0',
  description: 'Looks things up.',
  model: 'sim-extractive-1',
  tools: [lookUp, readOn],
  capabilities: {
    scout: {
      description: 'Looks one thing up.',
      input: z.object({ question: z.string() }),
      output: z.object({ claim: z.string(), turns: z.int() }),
    },
  },
  perform: {
    async scout({ question }, { chat }) {
      const { output, turns } = await chat('scout', {
        system: 'Look it up.',
        user: JSON.stringify({ question }),
        tools: ['search_corpus', 'read_passage'],
        output: z.object({ answered: z.boolean(), claim: z.string() }),
      });
      return { claim: output.claim, turns };
    },
  },
});

async function start(agent: Agent, instance: string, log: AgentLog = silentLog): Promise<RunningAgent> {
  const bus = await connectBus({ url: await sharedNats(), name: instance, topology: 'none' });
  const provider = createAnthropicProvider({ apiKey: 'model-sim', baseURL: sim.url });
  const started = await startAgent(agent, { bus, ns: initiator.ns, instance, slots: 4, provider, log });
  return {
    ...started,
    async [Symbol.asyncDispose]() {
      await started[Symbol.asyncDispose]();
      await bus.close();
    },
  };
}

const callsOf = (task: string) => sim.journal.filter(({ taskId }) => taskId === task);

beforeAll(async () => {
  [initiator, sim] = await Promise.all([startInitiator(), startModelSim()]);
});

afterAll(async () => {
  await sim.stop();
  await initiator[Symbol.asyncDispose]();
});

test('killed in the middle of a tool loop, a task resumes elsewhere and repeats no journaled model or tool call', async () => {
  const killed = await start(scout, 's1');
  const question = 'What is the tide caused by?';
  const { task, journal } = await initiator.award(scout, { capability: 'scout', input: { question } });
  await holding.promise;
  await eventually(async () =>
    expect((await initiator.journal('scout', journal)).map(({ kind }) => kind)).toContain('tool'),
  );
  const before = await initiator.journal('scout', journal);
  const paidBefore = callsOf(task).length;
  await killed[Symbol.asyncDispose]();
  gate.resolve();
  ran.length = 0;

  await using _ = await start(scout, 's2');
  const report = await initiator.reportOf(task);
  expect(report).toMatchObject({
    kind: 'result',
    instance: 's2',
    output: { claim: 'The tide is caused by the Moon and the Sun.' },
  });
  const after = await initiator.journal('scout', journal);
  expect(after.slice(0, before.length)).toEqual(before);
  expect(ran.filter((call) => call.startsWith('search'))).toEqual([]);
  const modelEntries = after.filter(({ kind }) => kind === 'model').length;
  expect(callsOf(task)).toHaveLength(modelEntries);
  expect(paidBefore).toBeGreaterThan(0);
  expect(new Set(callsOf(task).map(({ bodySha256 }) => bodySha256)).size).toBe(modelEntries);
  expect(report.usage.modelCalls).toBe(modelEntries);
});

test('a halt aborts the stream of a running model call, and what it used is settled', async () => {
  sim.setFaults([{ fault: { kind: 'hang', afterEvents: 2 } }]);
  await using _ = await start(scout, 's3');
  const question = 'What hangs?';
  const { task, run } = await initiator.award(scout, { capability: 'scout', input: { question } });
  await eventually(() => expect(callsOf(task)).toHaveLength(1));
  await initiator.control('run', run, 'halt');
  // The stream would hang until it is idle for longer than this test may take.
  expect(await initiator.reportOf(task)).toMatchObject({ kind: 'parked', usage: { modelCalls: 1 } });
  await eventually(() => expect(callsOf(task)[0]?.abortedAt).toBeDefined());
  await eventually(() => {
    const grant = initiator.granted.find((asked) => asked.task === task);
    expect(initiator.settled.filter((closing) => closing.run === grant?.run)).toHaveLength(1);
  });
  sim.setFaults([]);
});

test('overload and cut streams are tried again, each try under its own permit', async () => {
  gate = Promise.withResolvers();
  gate.resolve();
  holding = Promise.withResolvers();
  sim.setFaults([
    { fault: { kind: 'overloaded', retryAfterSeconds: 0 }, nth: 1 },
    { fault: { kind: 'cut', afterEvents: 3 }, nth: 2 },
  ]);
  await using _ = await start(scout, 's4');
  const question = 'What is the tide caused by?';
  const { task, run, journal } = await initiator.award(scout, { capability: 'scout', input: { question } });
  expect(await initiator.reportOf(task)).toMatchObject({ kind: 'result' });
  const entries = (await initiator.journal('scout', journal)).filter(({ kind }) => kind === 'model').length;
  expect(initiator.granted.filter((asked) => asked.run === run)).toHaveLength(entries + 2);
  await eventually(() => expect(initiator.settled.filter((closing) => closing.run === run)).toHaveLength(entries + 2));
  expect(initiator.settled.filter((closing) => closing.run === run && closing.outcome === 'released')).toHaveLength(1);
  sim.setFaults([]);
});
