import { type AgentContext, defineAgent, startAgent } from '@parley/agent';
import { ApprovalItem, partitionOf, RunSignal, WorkflowDefinition } from '@parley/contracts';
import { eventually, spawnService } from '@parley/testing';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { type NatsStage, openNatsStage } from './on-nats.ts';
import { OFFICE_CAST, OFFICE_OUTPUT } from './people.ts';
import { runConductor, runRouter } from './stage.ts';
import { violations } from './verify.ts';

const endOf = ({ decisions }: Awaited<ReturnType<NatsStage['settled']>>[number]) =>
  decisions.flatMap(({ events }) => events).find(({ type }) => type === 'RunSettled');

test('two conductors on a real server, one of them killed, lose nothing that people and the world say', async () => {
  await using stage = await openNatsStage(OFFICE_CAST);
  await using stack = new AsyncDisposableStack();
  const start = () =>
    spawnService(new URL('../../../services/conductor/src/main.ts', import.meta.url).pathname, {
      PARLEY_NATS_URL: stage.url,
      PARLEY_LEASE_KEY: 'test',
      PARLEY_HTTP_PORT: '0',
      PARLEY_LOG_LEVEL: 'warn',
    });
  const killed = stack.use(start());
  stack.use(await runRouter(await stage.connect('router'), 2_000));
  await stage.submit(20);
  await eventually(
    async () => {
      const votes = (await stage.histories()).flatMap(({ decisions }) => decisions.flatMap(({ events }) => events));
      if (votes.filter(({ type }) => type === 'VoteRecorded').length < 5) throw new Error('nobody has voted yet');
    },
    { everyMs: 1, timeoutMs: 20_000 },
  );
  await killed.kill('SIGKILL');
  stack.use(await runConductor(await stage.connect('conductor')));
  stack.use(await runConductor(await stage.connect('conductor-2')));
  for (const history of await stage.settled(20)) {
    expect(violations(history), history.run).toEqual([]);
    expect(endOf(history), history.run).toMatchObject({ status: 'completed', output: OFFICE_OUTPUT });
  }
  const bus = stack.use(await stage.connect('reader'));
  await eventually(async () => {
    const items = (await bus.lastPerSubject('APPROVALS', ApprovalItem.filter(), 1_000)).map(({ payload }) =>
      ApprovalItem.decode(payload),
    );
    expect(items).toHaveLength(40);
    expect(new Set(items.map(({ status }) => status))).toEqual(new Set(['approved', 'answered']));
  });
});

test('an agent asks a person and goes on in its own journal with the answer', async () => {
  let looked = 0;
  const perform = async (_input: unknown, { step, askHuman, approve }: AgentContext) => {
    await step('look', () => ++looked);
    const colour = await askHuman('colour', { question: 'Which?', options: ['red', 'blue'] });
    return await approve('paint', { colour });
  };
  const painter = defineAgent({
    name: 'zoe',
    version: '1.0.0',
    description: '',
    capabilities: { paint: { description: '', input: z.unknown(), output: z.unknown() } },
    perform: { paint: perform },
  });
  await using stack = new AsyncDisposableStack();
  const flow = WorkflowDefinition.parse({
    name: 'paint',
    root: { kind: 'task', id: 't', capability: 'paint', input: 1 },
  });
  await using stage = await openNatsStage({
    flow,
    async join(bus, ns) {
      stack.use(await startAgent(painter, { bus, ns, instance: 'zoe-1', slots: 4 }));
      await bus.follow('APPROVALS', ApprovalItem.filter({ ns }), (messages) => {
        for (const { payload } of messages) {
          const { run, approval, digest, status, ask } = ApprovalItem.decode(payload);
          if (status !== 'open') continue;
          const word =
            ask === 'answer' ? ({ decision: 'answer', answer: 'blue' } as const) : ({ decision: 'approve' } as const);
          const subject = RunSignal.toSubject({ ns, partition: partitionOf(run), runId: run });
          const signal = RunSignal.encode({ kind: 'approval', approval, digest, by: 'ann', ...word });
          bus.storeOne({ id: approval, subject, payload: signal }).catch(() => {});
        }
      });
    },
  });
  stack.use(await runConductor(await stage.connect('conductor')));
  stack.use(await runRouter(await stage.connect('router'), 2_000));
  await stage.submit(1);
  const [history] = await stage.settled(1);
  if (history === undefined) throw new Error('there is no run');
  expect(violations(history)).toEqual([]);
  expect(endOf(history)).toMatchObject({
    status: 'completed',
    output: { approved: true, action: { colour: 'blue' }, by: ['ann'], edited: false },
  });
  expect(history.awards.map(({ award }) => [award.attempt, award.continues])).toEqual([
    [1, false],
    [2, true],
    [3, true],
  ]);
  expect(new Set(history.awards.map(({ award }) => award.journal)).size).toBe(1);
  expect(looked).toBe(1);
});
