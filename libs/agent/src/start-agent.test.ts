import { createMemoryBroker } from '@parley/bus';
import {
  AgentHello,
  Award,
  type Body,
  Control,
  encodeJson,
  type Json,
  PermitRenew,
  PermitRequest,
  PermitSettle,
  TaskReport,
} from '@parley/contracts';
import { ModelError, ScriptedModel } from '@parley/model';
import { expect, test, vi } from 'vitest';
import { z } from 'zod';
import { defineAgent } from './define-agent.ts';
import { startAgent } from './start-agent.ts';

const ns = 'acme';
const Text = z.object({ text: z.string() });

const asker = defineAgent({
  name: 'asker',
  version: '1.0.0',
  description: 'Asks a model.',
  model: 'sim-extractive-1',
  capabilities: { ask: { description: 'Asks.', input: Text, output: Text } },
  perform: {
    ask: async ({ text }, { chat }) => ({ text: (await chat('ask', { user: text, maxTokens: 100 })).text }),
  },
});

/** A guardian and a router on a broker in this process; everything that reaches them is kept. */
async function counterparts(answers: Json[] | (() => Promise<Json>) = []) {
  const broker = createMemoryBroker();
  const bus = broker.connect('counterparts');
  const asked: Body<typeof PermitRequest>[] = [];
  const settled: Body<typeof PermitSettle>[] = [];
  const reports: Body<typeof TaskReport>[] = [];
  await bus.serve(AgentHello.filter({ ns }), async () => {
    const filter = Award.filter({ ns, agent: 'asker' });
    await bus.ensureConsumer({
      stream: 'WORK',
      durable: 'w',
      filter,
      ackWaitMs: 1_000,
      maxDeliver: -1,
      maxAckPending: 100,
    });
    return encodeJson({ consumer: 'w', beatMs: 60_000 });
  });
  await bus.serve(PermitRequest.filter({ ns }), async ({ payload }) => {
    asked.push(PermitRequest.decode(payload));
    if (typeof answers === 'function') return encodeJson(await answers());
    return encodeJson(answers.shift() ?? { status: 'granted', permit: `p${asked.length}`, leaseMs: 60_000 });
  });
  await bus.serve(PermitRenew.filter({ ns }), () => encodeJson({ leaseMs: 60_000, lapsed: [] }));
  await bus.serve(PermitSettle.filter({ ns }), ({ payload }) => {
    settled.push(PermitSettle.decode(payload));
    return encodeJson({ charged: { tokens: 0, microUsd: 0 }, closing: 'settled' });
  });
  await bus.ensureConsumer({
    stream: 'SIGNALS',
    durable: 'c',
    filter: TaskReport.filter({ ns }),
    ackWaitMs: 1_000,
    maxDeliver: -1,
    maxAckPending: 100,
  });
  await bus.consume({ stream: 'SIGNALS', durable: 'c', slots: 10 }, (deliveries) => {
    for (const delivery of deliveries) {
      reports.push(TaskReport.decode(delivery.payload));
      delivery.ack();
    }
  });
  async function award(task: string, over: Partial<Body<typeof Award>> = {}): Promise<void> {
    const body: Body<typeof Award> = {
      run: 'r1',
      task,
      attempt: 1,
      capability: 'ask',
      input: { text: 'q' },
      epoch: 0,
      performMs: 10_000,
      deadlineAt: Date.now() + 60_000,
      journal: `${task}-j`,
      continues: false,
      token: `token-${task}`,
      reasons: { rule: 'only_candidate', criteria: 'balanced', bids: [], refusals: [], silent: [] },
      ...over,
    };
    const subject = Award.toSubject({ ns, agent: 'asker', taskId: task, attempt: String(body.attempt) });
    await bus.storeOne({ subject, payload: Award.encode(body), id: `${task}.${body.attempt}` });
  }
  return { broker, bus, asked, settled, reports, award };
}

const start = (broker: Awaited<ReturnType<typeof counterparts>>['broker'], provider: ScriptedModel) =>
  startAgent(asker, { bus: broker.connect('asker'), ns, instance: 'i1', slots: 4, provider });

const usage = { inputTokens: 1_000, outputTokens: 50, cacheReadTokens: 200, cacheWriteTokens: 0 };
const says = (text: string) => ({ reply: { content: [{ type: 'text' as const, text }], usage } });

test('a model call is reserved at its upper bound, settled at its real usage and reported', async () => {
  const { broker, asked, settled, reports, award } = await counterparts();
  using model = new ScriptedModel([says('a')]);
  await using _ = await start(broker, model);
  await award('t1');
  await vi.waitFor(() => expect(reports).toHaveLength(1));
  expect(reports[0]).toMatchObject({
    kind: 'result',
    output: { text: 'a' },
    token: 'token-t1',
    usage: { inputTokens: 1_200, outputTokens: 50, modelCalls: 1 },
  });
  expect(asked[0]).toMatchObject({ run: 'r1', task: 't1', attempt: 1, model: 'sim-extractive-1' });
  await vi.waitFor(() => expect(settled).toHaveLength(1));
  expect(settled[0]).toMatchObject({
    permit: 'p1',
    outcome: 'settled',
    used: { tokens: 1_250 },
    inputTokens: 1_200,
    outputTokens: 50,
  });
  expect(asked[0]?.bound.tokens).toBeGreaterThan(100);
  expect(settled[0]?.used.microUsd).toBeGreaterThan(0);
});

test('every try has its own permit: a rejected one is released, an unclear one is charged in full', async () => {
  const { broker, asked, settled, reports, award } = await counterparts();
  using model = new ScriptedModel([
    { reply: new ModelError('overloaded', 'busy', { status: 529, retryAfterMs: 1 }) },
    { reply: new ModelError('stream_cut', 'cut', { retryAfterMs: 1 }) },
    says('third'),
  ]);
  await using _ = await start(broker, model);
  await award('t1');
  await vi.waitFor(() => expect(reports).toHaveLength(1));
  expect(reports[0]).toMatchObject({ kind: 'result', output: { text: 'third' } });
  await vi.waitFor(() => expect(settled).toHaveLength(3));
  expect(new Set(asked.map(({ operation }) => operation)).size).toBe(3);
  const byPermit = settled.toSorted((a, b) => a.permit.localeCompare(b.permit));
  expect(byPermit.map(({ outcome, used }) => [outcome, used.tokens])).toEqual([
    ['released', 0],
    ['settled', asked[1]?.bound.tokens],
    ['settled', 1_250],
  ]);
});

test('a cut call is charged its known input and all of its output, one that was never sent nothing; the failed report tells both', async () => {
  const { broker, settled, reports, award } = await counterparts();
  const input = { inputTokens: 1_000, cacheReadTokens: 200, cacheWriteTokens: 0 };
  using model = new ScriptedModel([
    { reply: new ModelError('stream_cut', 'cut', { retryAfterMs: 1, usage: input }) },
    { reply: new ModelError('aborted', 'not sent', { unsent: true }) },
  ]);
  await using _ = await start(broker, model);
  await award('t1');
  await vi.waitFor(() => expect(reports).toHaveLength(1));
  expect(reports[0]).toMatchObject({
    kind: 'failed',
    error: { code: 'model_aborted' },
    usage: { inputTokens: 1_200, outputTokens: 100, modelCalls: 1 },
  });
  await vi.waitFor(() => expect(settled).toHaveLength(2));
  const byPermit = settled.toSorted((a, b) => a.permit.localeCompare(b.permit));
  expect(byPermit).toMatchObject([
    { outcome: 'settled', used: { tokens: 1_300 }, inputTokens: 1_200, outputTokens: 100 },
    { outcome: 'released', used: { tokens: 0 } },
  ]);
});

test('a permit that is granted after a halt is given back', async () => {
  const asking = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<Json>();
  const { broker, bus, settled, reports, award } = await counterparts(() => {
    asking.resolve();
    return answer.promise;
  });
  using model = new ScriptedModel([]);
  await using _ = await start(broker, model);
  await award('t1');
  await asking.promise;
  const payload = Control.encode({ verb: 'halt', by: 'operator', reason: 'enough' });
  await bus.storeOne({ subject: Control.toSubject({ scope: 'run', ns, id: 'r1' }), payload, id: 'halt1' });
  await vi.waitFor(() => expect(reports).toMatchObject([{ kind: 'parked', usage: { modelCalls: 0 } }]));
  expect(settled).toEqual([]);
  answer.resolve({ status: 'granted', permit: 'late', leaseMs: 60_000 });
  await vi.waitFor(() => expect(settled).toMatchObject([{ permit: 'late', outcome: 'released', used: { tokens: 0 } }]));
});

test.each([
  ['a BigInt', () => 1n],
  [
    'a cycle',
    () => {
      const loop: unknown[] = [];
      loop.push(loop);
      return loop;
    },
  ],
  ['a function', () => () => {}],
])('an output that no message can hold, %s, fails the task for good', async (_, output) => {
  const { broker, reports, award } = await counterparts();
  const odd = defineAgent({
    name: 'asker',
    version: '1.0.0',
    description: 'Answers oddly.',
    capabilities: { ask: { description: 'Asks.', input: Text, output: z.custom<Json>(() => true) } },
    perform: { ask: () => output() as Json },
  });
  await using _agent = await startAgent(odd, { bus: broker.connect('asker'), ns, instance: 'i1', slots: 4 });
  await award('t1');
  await vi.waitFor(() => expect(reports).toHaveLength(1));
  expect(reports[0]).toMatchObject({ kind: 'failed', error: { code: 'result_invalid', retryable: false } });
});

test('without a permit there is no call: an exhausted budget fails the task for good', async () => {
  const { broker, reports, award } = await counterparts([
    { status: 'denied', reason: 'budget_exhausted', message: 'spent' },
  ]);
  using model = new ScriptedModel([]);
  await using _ = await start(broker, model);
  await award('t1');
  await vi.waitFor(() => expect(reports).toHaveLength(1));
  expect(reports[0]).toMatchObject({ kind: 'failed', error: { code: 'budget_exhausted', retryable: false } });
  expect(model.calls).toHaveLength(0);
});

test('a fenced task is parked, a superseded one is dropped without a report, and neither calls the model', async () => {
  const denied = (reason: string) => ({ status: 'denied', reason, message: reason });
  const { broker, asked, reports, award } = await counterparts([denied('superseded'), denied('fenced')]);
  using model = new ScriptedModel([]);
  await using _ = await start(broker, model);
  await award('t1');
  await vi.waitFor(() => expect(asked).toHaveLength(1));
  await award('t2');
  await vi.waitFor(() => expect(reports).toHaveLength(1));
  expect(reports[0]).toMatchObject({ kind: 'parked', task: 't2', reason: 'fenced: fenced' });
});

test('while the guardian is unavailable the agent waits and asks again', async () => {
  const { broker, asked, reports, award } = await counterparts([
    { status: 'denied', reason: 'unavailable', message: 'no ledger', retryAfterMs: 1 },
    { status: 'denied', reason: 'run_unknown', message: 'not read yet', retryAfterMs: 1 },
  ]);
  using model = new ScriptedModel([says('late')]);
  await using _ = await start(broker, model);
  await award('t1');
  await vi.waitFor(() => expect(reports).toHaveLength(1));
  expect(asked).toHaveLength(3);
  expect(new Set(asked.map(({ operation }) => operation)).size).toBe(1);
});

test('a halt aborts the running model call, whose permit is settled, and parks the task', async () => {
  const { broker, bus, settled, reports, award } = await counterparts();
  const began = Promise.withResolvers<void>();
  using model = new ScriptedModel([
    {
      reply: (_request, signal) =>
        new Promise((_, reject) => {
          began.resolve();
          signal.addEventListener('abort', () => reject(new ModelError('aborted', 'stopped', { usage })), {
            once: true,
          });
        }),
    },
  ]);
  await using _ = await start(broker, model);
  await award('t1');
  await began.promise;
  const payload = Control.encode({ verb: 'halt', by: 'operator', reason: 'enough' });
  await bus.storeOne({ subject: Control.toSubject({ scope: 'run', ns, id: 'r1' }), payload, id: 'halt1' });
  await vi.waitFor(() => expect(reports).toHaveLength(1));
  const used = { inputTokens: 1_200, outputTokens: 50, modelCalls: 1 };
  expect(reports[0]).toMatchObject({ kind: 'parked', reason: 'halt: enough', usage: used });
  await vi.waitFor(() => expect(settled).toMatchObject([{ outcome: 'settled', used: { tokens: 1_250 } }]));
});

test('a pause lets the running call end and journals it; the task parks at its next step', async () => {
  const { broker, bus, reports, award } = await counterparts();
  const began = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const twice = defineAgent({
    name: 'asker',
    version: '1.0.0',
    description: 'Steps twice.',
    capabilities: { ask: { description: 'Asks.', input: Text, output: Text } },
    perform: {
      ask: async (_, { step }) => {
        await step('first', async () => {
          began.resolve();
          await release.promise;
          return 1;
        });
        await step('second', () => 2);
        return { text: 'done' };
      },
    },
  });
  await using _ = await startAgent(twice, { bus: broker.connect('asker'), ns, instance: 'i1', slots: 4 });
  await award('t1');
  await began.promise;
  // Followed after the agent does, so that the agent has what is seen here.
  const seen = Promise.withResolvers<void>();
  const following = Promise.withResolvers<void>();
  await bus.follow('CONTROL', Control.filter(), () => seen.resolve(), { onCaughtUp: following.resolve });
  await following.promise;
  const subject = Control.toSubject({ scope: 'run', ns, id: 'r1' });
  const { sequence } = await bus.storeOne({
    subject,
    payload: Control.encode({ verb: 'pause', by: 'o', reason: 'wait' }),
    id: 'p1',
  });
  await seen.promise;
  release.resolve();
  await vi.waitFor(() => expect(reports).toMatchObject([{ kind: 'parked', reason: 'pause: wait' }]));
  await bus.storeOne({ subject, payload: Control.encode({ verb: 'resume', by: 'o', reason: 'go' }), id: 'p2' });
  await award('t1', { attempt: 2, epoch: sequence + 1, continues: true });
  await vi.waitFor(() => expect(reports).toHaveLength(2));
  expect(reports[1]).toMatchObject({ kind: 'result', output: { text: 'done' } });
});

test('an award that breaks its contract is dead-lettered', async () => {
  const { broker, bus } = await counterparts();
  using model = new ScriptedModel([]);
  await using _ = await start(broker, model);
  const subject = Award.toSubject({ ns, agent: 'asker', taskId: 't9', attempt: '1' });
  await bus.storeOne({ subject, payload: encodeJson({ nonsense: true }), id: 'bad' });
  await vi.waitFor(async () => expect((await bus.streamInfo('DEADLETTER')).messages).toBe(1));
});

test('fifty tasks that end together are reported, each once', async () => {
  const { broker, reports, award } = await counterparts();
  const noop = defineAgent({
    name: 'asker',
    version: '1.0.0',
    description: 'Nothing.',
    capabilities: { ask: { description: 'Asks.', input: Text, output: Text } },
    perform: { ask: (input) => input },
  });
  await using _ = await startAgent(noop, { bus: broker.connect('asker'), ns, instance: 'i1', slots: 64 });
  await Promise.all(Array.from({ length: 50 }, (_, i) => award(`t${i}`)));
  await vi.waitFor(() => expect(reports).toHaveLength(50));
  expect(new Set(reports.map(({ task }) => task)).size).toBe(50);
});
