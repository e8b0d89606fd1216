import { createMemoryBroker } from '@parley/bus';
import { AgentHello, Award, type Body, decodeJson, encodeJson, HandoffOffer, TaskReport } from '@parley/contracts';
import { expect, test, vi } from 'vitest';
import { z } from 'zod';
import type { AgentContext } from './context.ts';
import { defineAgent } from './define-agent.ts';
import { handoff, HandoffRequested } from './handoff.ts';
import { startAgent } from './start-agent.ts';
import { performOnce } from './testing.ts';

const ns = 'acme';
const Text = z.object({ text: z.string() });
type Perform = (input: { text: string }, context: AgentContext) => Promise<{ text: string } | HandoffRequested>;

const giver = (perform: Perform) =>
  defineAgent({
    name: 'ann',
    version: '1.0.0',
    description: '',
    capabilities: { work: { description: '', input: Text, output: Text } },
    perform: { work: perform },
  });

const brief = { asked: 'help', next: 'go on' };

/** An agent with two slots on a broker in this process, and a router and conductor that keep what they are told. */
async function stage(perform: Perform) {
  const broker = createMemoryBroker();
  const bus = broker.connect('counterparts');
  const reports: Body<typeof TaskReport>[] = [];
  const filter = Award.filter({ ns, agent: 'ann' });
  const limits = { ackWaitMs: 1_000, maxDeliver: -1, maxAckPending: 100 };
  await bus.serve(AgentHello.filter({ ns }), async () => {
    await bus.ensureConsumer({ stream: 'WORK', durable: 'w', filter, ...limits });
    return encodeJson({ consumer: 'w', beatMs: 60_000 });
  });
  await bus.ensureConsumer({ stream: 'SIGNALS', durable: 'c', filter: TaskReport.filter({ ns }), ...limits });
  await bus.consume({ stream: 'SIGNALS', durable: 'c', slots: 10 }, (deliveries) => {
    for (const delivery of deliveries) {
      reports.push(TaskReport.decode(delivery.payload));
      delivery.ack();
    }
  });
  const agent = await startAgent(giver(perform), { bus: broker.connect('ann'), ns, instance: 'i1', slots: 2 });
  async function award(attempt: number, over: Partial<Body<typeof Award>> = {}): Promise<void> {
    const body: Body<typeof Award> = {
      run: 'r1',
      task: 't1',
      attempt,
      capability: 'work',
      input: { text: 'q' },
      epoch: 0,
      performMs: 10_000,
      deadlineAt: Date.now() + 60_000,
      journal: 'j',
      continues: attempt > 1,
      token: `token-${attempt}`,
      reasons: {
        rule: 'only_candidate',
        criteria: 'balanced',
        bids: [],
        refusals: [],
        silent: [],
      },
      ...over,
    };
    const subject = Award.toSubject({ ns, agent: 'ann', taskId: body.task, attempt: String(attempt) });
    await bus.storeOne({ subject, payload: Award.encode(body), id: `${body.task}.${attempt}` });
  }
  const reported = async (count: number) => {
    await vi.waitFor(() => expect(reports).toHaveLength(count));
    return reports[count - 1];
  };
  async function offer(task: string, replyInMs = 60_000): Promise<unknown> {
    const body: Body<typeof HandoffOffer> = {
      run: 'r1',
      task,
      attempt: 2,
      capability: 'work',
      from: 'bob',
      reason: 'r',
      priority: 'normal',
      hop: 1,
      brief: {
        asked: '',
        found: [],
        failed: [],
        next: '',
      },
      deadlineAt: Date.now() + 60_000,
      performMs: 1_000,
      replyByMs: Date.now() + replyInMs,
      inputBytes: 10,
    };
    const subject = HandoffOffer.toSubject({ ns, agent: 'ann' });
    return decodeJson(
      (await bus.request({ subject, payload: HandoffOffer.encode(body) }, { timeoutMs: 1_000 })).payload,
    );
  }
  return { agent, award, reported, reports, offer };
}

test('handing over ends the attempt with the request, whatever agent code does with what is thrown', async () => {
  const { agent, award, reported } = await stage(async (_input, { handoff: give }) => {
    try {
      return give({ to: 'bob', reason: 'knows more', brief, priority: 'high' });
    } catch {
      return { text: 'swallowed' };
    }
  });
  await using _ = agent;
  await award(1);
  expect(await reported(1)).toMatchObject({
    kind: 'handoff',
    to: 'bob',
    reason: 'knows more',
    priority: 'high',
    continuation: 'transfer',
    brief: {
      asked: 'help',
      found: [],
      failed: [],
      next: 'go on',
    },
  });
});

test('a task may be handed over by returning it too', async () => {
  const perform: Perform = async () => handoff({ capability: 'sing', reason: 'r', brief, input: { song: 1 } });
  const { agent, award, reported } = await stage(perform);
  await using _ = agent;
  await award(1);
  expect(await reported(1)).toMatchObject({ kind: 'handoff', capability: 'sing', input: { song: 1 } });
  await expect(performOnce(giver(perform), 'work', { text: 'q' })).rejects.toBeInstanceOf(HandoffRequested);
});

test('a request that names nobody, or no proper name, is a failure that says so', async () => {
  const { agent, award, reported } = await stage(async (_input, { handoff: give }) => give({ reason: 'r', brief }));
  await using _ = agent;
  await award(1);
  expect(await reported(1)).toMatchObject({ kind: 'failed', error: { code: 'handoff_invalid', retryable: false } });
  expect(() => handoff({ to: 'not a token', reason: 'r', brief })).toThrow(/to/);
});

test('a journaled handoff is reported again by the attempt that continues the journal, without performing', async () => {
  let performed = 0;
  const { agent, award, reported } = await stage(async (_input, { step, handoff: give }) => {
    performed++;
    await step('look', () => 1);
    return give({ to: 'bob', reason: 'r', brief });
  });
  await using _ = agent;
  await award(1);
  await reported(1);
  await award(2);
  expect(await reported(2)).toMatchObject({ kind: 'handoff', attempt: 2, to: 'bob' });
  expect(performed).toBe(1);
});

test('a task that came back is performed again on its own journal, and knows what became of the handoff', async () => {
  let looked = 0;
  const { agent, award, reported } = await stage(async (_input, { step, task, handoff: give }) => {
    await step('look', () => ++looked);
    if (task.returned !== undefined) return { text: JSON.stringify(task.returned) };
    if (task.refused.length > 0) return give({ to: 'carl', reason: `not ${task.refused[0]?.to}`, brief });
    return give({ to: 'bob', reason: 'first', brief });
  });
  await using _ = agent;
  await award(1);
  await reported(1);
  await award(3, { refused: [{ to: 'bob', reason: 'busy' }], answered: 1 });
  expect(await reported(2)).toMatchObject({ kind: 'handoff', to: 'carl', reason: 'not bob' });
  await award(5, { returned: { from: 'carl', output: 7 }, answered: 3 });
  expect(await reported(3)).toMatchObject({ kind: 'result', output: { text: '{"from":"carl","output":7}' } });
  expect(looked).toBe(1);
});

test('a receiver sees where its task comes from, and the brief', async () => {
  const { agent, award, reported } = await stage(async (_input, { task }) => ({ text: JSON.stringify(task.handoff) }));
  await using _ = agent;
  const origin = { from: 'bob', reason: 'r', priority: 'urgent', hop: 2 } as const;
  const told = { asked: 'a', found: ['f'], failed: [], next: 'n' };
  await award(2, { continues: false, handoff: origin, brief: told });
  const report = await reported(1);
  expect(report?.kind === 'result' && JSON.parse((report.output as { text: string }).text)).toEqual({
    ...origin,
    brief: told,
  });
});

test('agreeing reserves a slot until the offer ends or its award comes', async () => {
  const { agent, award, offer, reported } = await stage(async (input) => input);
  await using _ = agent;
  expect(await offer('t1')).toMatchObject({ answer: 'agree' });
  expect(await offer('t2')).toMatchObject({ answer: 'agree' });
  expect(await offer('t3')).toMatchObject({ answer: 'refuse', reason: expect.stringContaining('busy') as unknown });
  await award(2, { continues: false });
  await reported(1);
  expect(await offer('t4', 1)).toMatchObject({ answer: 'agree' });
  await vi.waitFor(async () => expect(await offer('t5', 1)).toMatchObject({ answer: 'agree' }));
});
