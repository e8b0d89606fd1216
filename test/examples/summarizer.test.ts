import { join } from 'node:path';
import { Award, QueryAgents, TaskAnnouncement, TaskResult, decodeJson, encodeJson } from '@parley/contracts';
import { eventually, spawnService } from '@parley/testing';
import { expect, onTestFinished, test } from 'vitest';
import { openDevStack } from '../e2e/dev-stack.ts';
import { publishPlain } from '../e2e/plain-nats.ts';

const NS = 'default';
const TEXT = 'The store opens at nine. A failed payment is tried again after two days. Parking is free.';

test('the first agent of the README joins a running stack, wins a task that a plain client announces, and answers it', async () => {
  const stack = await openDevStack();
  onTestFinished(() => stack[Symbol.asyncDispose]());
  const { bus, natsUrl, modelUrl } = stack;
  const agent = spawnService(join(import.meta.dirname, 'summarizer.ts'), {
    PARLEY_NATS_URL: natsUrl,
    ANTHROPIC_BASE_URL: modelUrl,
    ANTHROPIC_API_KEY: 'model-sim',
  });
  onTestFinished(() => agent[Symbol.asyncDispose]());
  await agent.ready(/"event":"agent\.joined"/);

  const asked = { subject: QueryAgents.toSubject({ ns: NS }), payload: encodeJson({}) };
  const { agents } = decodeJson((await bus.request(asked, { timeoutMs: 3_000 })).payload) as {
    agents: { card: { agent: string; capabilities: { name: string }[] }; instances: unknown[] }[];
  };
  const joined = agents.find(({ card }) => card.agent === 'summarizer');
  expect(joined).toMatchObject({ card: { capabilities: [{ name: 'summarize' }] }, instances: [{}] });

  const task = { task: 'payments', input: { text: TEXT, about: 'a failed payment' } };
  await publishPlain(natsUrl, TaskAnnouncement.toSubject({ ns: NS, capability: 'summarize' }), JSON.stringify(task));
  const result = await eventually(
    async () => {
      const stored = await bus.last('RESULTS', TaskResult.toSubject({ ns: NS, taskId: 'payments' }));
      if (stored === undefined) throw new Error('no result yet');
      return TaskResult.decode(stored.payload);
    },
    { timeoutMs: 20_000 },
  );
  expect(result).toMatchObject({
    status: 'completed',
    output: { summary: expect.stringContaining('A failed payment is tried again after two days.') as string },
    usage: { modelCalls: 1 },
  });
  const award = await bus.last('WORK', Award.filter({ ns: NS, agent: 'summarizer' }));
  expect(Award.decode(award?.payload ?? encodeJson({}))).toMatchObject({ run: result.run, capability: 'summarize' });

  expect(await agent.kill('SIGTERM')).toEqual({ code: 0, signal: null });
});
