import { createMemoryBroker } from '@parley/bus';
import { AgentHello, Award, type Body, encodeJson, type HumanAnswer, TaskReport } from '@parley/contracts';
import { expect, test, vi } from 'vitest';
import { z } from 'zod';
import { HumanAsked } from './ask-human.ts';
import type { AgentContext } from './context.ts';
import { defineAgent } from './define-agent.ts';
import { startAgent } from './start-agent.ts';
import { performOnce } from './testing.ts';

const ns = 'acme';
const Text = z.object({ text: z.string() });
type Perform = (input: { text: string }, context: AgentContext) => Promise<{ text: string }>;

const asker = (perform: Perform) =>
  defineAgent({
    name: 'ann',
    version: '1.0.0',
    description: '',
    capabilities: { work: { description: '', input: Text, output: Text } },
    perform: { work: perform },
  });

/** An agent on a broker in this process, with a router and a conductor that keep what they are told. */
async function stage(perform: Perform) {
  const broker = createMemoryBroker();
  const bus = broker.connect('counterparts');
  const reports: Body<typeof TaskReport>[] = [];
  const limits = { ackWaitMs: 1_000, maxDeliver: -1, maxAckPending: 100 };
  await bus.serve(AgentHello.filter({ ns }), async () => {
    await bus.ensureConsumer({ stream: 'WORK', durable: 'w', filter: Award.filter({ ns, agent: 'ann' }), ...limits });
    return encodeJson({ consumer: 'w', beatMs: 60_000 });
  });
  await bus.ensureConsumer({ stream: 'SIGNALS', durable: 'c', filter: TaskReport.filter({ ns }), ...limits });
  await bus.consume({ stream: 'SIGNALS', durable: 'c', slots: 10 }, (deliveries) => {
    for (const delivery of deliveries) {
      reports.push(TaskReport.decode(delivery.payload));
      delivery.ack();
    }
  });
  const agent = await startAgent(asker(perform), { bus: broker.connect('ann'), ns, instance: 'i1', slots: 2 });
  async function award(attempt: number, answer?: HumanAnswer): Promise<void> {
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
      reasons: { rule: 'only_candidate', criteria: 'balanced', bids: [], refusals: [], silent: [] },
      ...(answer === undefined ? {} : { answer }),
    };
    const subject = Award.toSubject({ ns, agent: 'ann', taskId: body.task, attempt: String(attempt) });
    await bus.storeOne({ subject, payload: Award.encode(body), id: `${body.task}.${attempt}` });
  }
  const reported = async (count: number) => {
    await vi.waitFor(() => expect(reports).toHaveLength(count));
    return reports[count - 1];
  };
  /** The request of the newest report, and an answer to it. */
  async function asked(count: number, over: Partial<HumanAnswer> = {}) {
    const report = await reported(count);
    if (report?.kind !== 'ask') throw new Error(`it reported ${report?.kind}`);
    const { request } = report;
    const { name, request: digest } = request;
    const told: Pick<HumanAnswer, 'outcome' | 'value' | 'by' | 'edited' | 'reason'> = {
      outcome: 'answered',
      value: 'red',
      by: ['bob'],
      edited: false,
      reason: null,
    };
    return { request, answer: { name, request: digest, attempt: report.attempt, ...told, ...over } };
  }
  return { agent, award, reported, asked };
}

test('a question ends the attempt, whatever agent code does with what is thrown', async () => {
  const { agent, award, asked } = await stage(async (_input, { askHuman }) => {
    try {
      return {
        text: await askHuman('colour', { question: 'Which?', options: ['red', 'blue'], expiresMs: 5_000 }),
      };
    } catch {
      return { text: 'swallowed' };
    }
  });
  await using _ = agent;
  await award(1);
  const { request } = await asked(1);
  expect(request).toMatchObject({
    name: 'colour',
    ask: 'answer',
    title: 'Which?',
    options: ['red', 'blue'],
    expiresMs: 5_000,
  });
});

test('the attempt after goes on with the same journal: what was done is not done again, and the answer is there', async () => {
  let looked = 0;
  const { agent, award, asked, reported } = await stage(async (_input, { step, askHuman }) => {
    await step('look', () => ++looked);
    const colour = await askHuman('colour', { question: 'Which?', schema: z.string() });
    const shade = await askHuman('shade', { question: `Which ${colour}?`, schema: z.string() });
    return { text: `${shade} ${colour}` };
  });
  await using _ = agent;
  await award(1);
  const colour = await asked(1);
  await award(2, colour.answer);
  const shade = await asked(2, { value: 'dark' });
  expect(shade.request).toMatchObject({ name: 'shade', title: 'Which red?' });
  await award(3, shade.answer);
  expect(await reported(3)).toMatchObject({ kind: 'result', output: { text: 'dark red' } });
  expect(looked).toBe(1);
});

test('a question that is not answered yet is reported again by a later attempt, without performing', async () => {
  let performed = 0;
  const { agent, award, asked, reported } = await stage(async (_input, { step, askHuman }) => {
    performed++;
    await step('look', () => 1);
    return { text: await askHuman('colour', { question: 'Which?', schema: z.string() }) };
  });
  await using _ = agent;
  await award(1);
  await asked(1);
  await award(2);
  const again = await asked(2);
  expect(performed).toBe(1);
  await award(3, again.answer);
  expect(await reported(3)).toMatchObject({ kind: 'result', output: { text: 'red' } });
});

test('an answer to another question of the same name is not taken for it', async () => {
  const { agent, award, asked } = await stage(async (_input, { askHuman, task }) => ({
    text: await askHuman('colour', { question: `Which, in attempt ${task.attempt}?`, schema: z.string() }),
  }));
  await using _ = agent;
  await award(1);
  const { answer } = await asked(1);
  await award(2, answer);
  expect((await asked(2)).request.title).toBe('Which, in attempt 2?');
});

test('an approval is bound to the exact action; what comes back is what people approved', async () => {
  const { agent, award, asked, reported } = await stage(async (_input, { approve }) => {
    const { approved, action, edited, by } = await approve(
      'pay',
      { amount: 5 },
      { approvers: ['bob', 'carl'], quorum: 2 },
    );
    return { text: JSON.stringify({ approved, action, edited, by }) };
  });
  await using _ = agent;
  await award(1);
  const { request, answer } = await asked(1, { outcome: 'approved', value: { amount: 4 }, edited: true });
  expect(request).toMatchObject({ ask: 'approval', action: { amount: 5 }, approvers: ['bob', 'carl'], quorum: 2 });
  await award(2, answer);
  const report = await reported(2);
  expect(report?.kind === 'result' && JSON.parse((report.output as { text: string }).text)).toEqual({
    approved: true,
    action: { amount: 4 },
    edited: true,
    by: ['bob'],
  });
});

test('nobody wants to answer, the answer does not fit, the question cannot be asked: failures that say so', async () => {
  const { agent, award, asked, reported } = await stage(async (input, { askHuman }) => ({
    text: String(await askHuman('n', { question: input.text, schema: z.int() })),
  }));
  await using _ = agent;
  await award(1);
  const { request, answer } = await asked(1, { outcome: 'rejected', reason: 'ask later' });
  expect(request.schema).toMatchObject({ type: 'integer' });
  await award(2, answer);
  expect(await reported(2)).toMatchObject({ kind: 'failed', error: { code: 'question_rejected', retryable: false } });
  const people = { n: 'three' };
  const numbers = asker(async (_input, { askHuman }) => ({
    text: String(await askHuman('n', { question: 'How many?', schema: z.int() })),
  }));
  await expect(performOnce(numbers, 'work', { text: '' }, { people })).rejects.toMatchObject({
    code: 'answer_invalid',
  });
  const endless = asker(async (_input, { askHuman }) => ({
    text: await askHuman('n', { question: 'How many?', detail: 'x'.repeat(20_000), schema: z.string() }),
  }));
  const foreign = asker(async (_input, { askHuman }) => ({
    text: await askHuman('n', { question: 'Which?', options: ['red'], fallback: 'blue' }),
  }));
  await expect(performOnce(foreign, 'work', { text: '' })).rejects.toMatchObject({ code: 'question_invalid' });
  await expect(performOnce(endless, 'work', { text: '' })).rejects.toMatchObject({ code: 'question_invalid' });
});

test('in a test of the agent people say what the test says they do', async () => {
  const agent = asker(async (_input, { askHuman, approve }) => {
    const { approved } = await approve('pay', { amount: 5 });
    return { text: approved ? await askHuman('colour', { question: 'Which?', schema: z.string() }) : 'no' };
  });
  const told = (people: Record<string, string | boolean>) => performOnce(agent, 'work', { text: '' }, { people });
  await expect(told({ pay: true, colour: 'red' })).resolves.toEqual({ text: 'red' });
  await expect(told({ pay: false })).resolves.toEqual({ text: 'no' });
  await expect(told({})).rejects.toBeInstanceOf(HumanAsked);
});
