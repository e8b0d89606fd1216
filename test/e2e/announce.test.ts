import { randomUUID } from 'node:crypto';
import { DeadLetter, decodeJson, encodeJson, TaskAnnouncement, TaskResult } from '@parley/contracts';
import { eventually } from '@parley/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DevStack, openDevStack } from './dev-stack.ts';
import { publishPlain } from './plain-nats.ts';

const NS = 'default';
const QUOTE = 'The tide is caused by the Moon.';
const FINDING = { claim: QUOTE, quote: QUOTE, file: 'tides.md', line: 3, confidence: 0.9 };
const INPUT = {
  question: 'What is the tide caused by?',
  research: [{ question: 'What is the tide caused by?', findings: [FINDING] }],
};

let stack: DevStack;

beforeAll(async () => {
  stack = await openDevStack();
});

afterAll(() => stack?.[Symbol.asyncDispose]());

const announce = (capability: string, payload: string, reply?: string): Promise<void> =>
  publishPlain(stack.natsUrl, TaskAnnouncement.toSubject({ ns: NS, capability }), payload, reply);

async function resultOf(task: string) {
  return await eventually(
    async () => {
      const stored = await stack.bus.last('RESULTS', TaskResult.toSubject({ ns: NS, taskId: task }));
      if (stored === undefined) throw new Error(`no result of ${task}`);
      return TaskResult.decode(stored.payload);
    },
    { timeoutMs: 20_000 },
  );
}

test('a plain message announces a task, the best bidder performs it, and its result is published', async () => {
  await announce('analyse', JSON.stringify({ task: 'tides-1', input: INPUT }));
  const result = await resultOf('tides-1');
  expect(result).toMatchObject({
    status: 'completed',
    output: { answered: true, points: [{ quote: QUOTE, file: 'tides.md', line: 3 }] },
    usage: { modelCalls: 1 },
  });
  const { body } = await stack.json('show', result.run);
  expect(body).toMatchObject({
    status: 'completed',
    awards: [{ agent: 'analyst', reasons: { rule: 'best_score', bids: [{ agent: 'analyst' }, { agent: 'writer' }] } }],
  });
});

test('the same announcement again is the same task', async () => {
  const payload = JSON.stringify({ task: 'tides-2', input: INPUT });
  await announce('analyse', payload);
  const { run } = await resultOf('tides-2');
  await announce('analyse', payload);
  await announce('analyse', JSON.stringify({ task: 'tides-3', input: INPUT }));
  await resultOf('tides-3');
  const { body } = await stack.json('runs');
  const runs = (body['runs'] as { run: string }[]).map((each) => each.run);
  expect(runs.filter((each) => each === run)).toHaveLength(1);
  expect(runs).toHaveLength(3);
});

test('an input that no agent takes ends as a failure that says so', async () => {
  await announce('analyse', JSON.stringify({ task: 'tides-4', input: { question: 7 }, attempts: 1 }));
  expect(await resultOf('tides-4')).toMatchObject({
    status: 'failed',
    error: { message: expect.stringContaining('input_invalid') as string },
  });
});

test.each([
  ['no JSON', '{"task":', 'json_invalid', ''],
  ['without a task', '{"input":{}}', 'message_invalid', 'task'],
  ['with a field that is none', '{"task":"t","input":{},"prio":1}', 'message_invalid', 'prio'],
])('a malformed announcement, %s, is answered with its fault and kept', async (_, payload, code, told) => {
  const inbox = `_INBOX.e2e.${randomUUID()}`;
  const answers: unknown[] = [];
  await using _listening = await stack.bus.subscribe(inbox, (messages) => {
    for (const message of messages) answers.push(decodeJson(message.payload));
  });
  await stack.bus.flush();
  await announce('analyse', payload, inbox);
  await eventually(() =>
    expect(answers).toContainEqual({
      error: expect.objectContaining({ code, message: expect.stringContaining(told) as string }) as unknown,
    }),
  );
  await eventually(async () => {
    const kept = await stack.bus.last('DEADLETTER', DeadLetter.filter({ ns: NS, source: 'conductor' }));
    const letter = DeadLetter.decode(kept?.payload ?? encodeJson({}));
    expect(Buffer.from(letter.payload, 'base64').toString()).toBe(payload);
    expect(letter).toMatchObject({ code, subject: TaskAnnouncement.toSubject({ ns: NS, capability: 'analyse' }) });
  });
});
