import { type AgentContext, defineAgent, handoff, type OnOffer, refuse, startAgent } from '@parley/agent';
import type { Bus } from '@parley/bus';
import { type Json, WorkflowDefinition } from '@parley/contracts';
import { eventually, type ServiceProcess, spawnService } from '@parley/testing';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { isSettled, type NatsStage, openNatsStage } from './on-nats.ts';
import { RELAY_AWARDS, RELAY_CAST, RELAY_OUTPUT } from './relay.ts';
import { type Cast, runConductor, runRouter } from './stage.ts';
import { violations } from './verify.ts';

const Anything = z.unknown();
type Perform = (input: unknown, context: AgentContext) => unknown;

const agent = (name: string, capability: string, perform: Perform, onOffer?: OnOffer) =>
  defineAgent({
    name,
    version: '1.0.0',
    description: '',
    capabilities: { [capability]: { description: '', input: Anything, output: Anything } },
    perform: { [capability]: perform },
    ...(onOffer === undefined ? {} : { onOffer }),
  });

const brief = { asked: 'an answer', found: ['the desk cannot tell'], next: 'answer' };

/** The desk keeps a note in its journal before it hands over, and says how often it really wrote it. */
function desk() {
  let notes = 0;
  const perform: Perform = async (input, { step, task }) => {
    const note = await step('note', () => ++notes);
    if (task.returned !== undefined) return { note, ...task.returned };
    if (task.refused.length > 0) return { note, refused: task.refused };
    return handoff({ capability: 'expert', reason: 'too hard', brief, ...(input as object) });
  };
  return agent('ann', 'desk', perform);
}

const expert: Perform = (_input, { task }) => ({ agent: task.agent, handoff: task.handoff as unknown as Json });
const busy: OnOffer = () => refuse('not today');

function castOf(input: Json, ...others: ReturnType<typeof agent>[]): Cast & AsyncDisposable {
  const stack = new AsyncDisposableStack();
  const flow = WorkflowDefinition.parse({ name: 'desk', root: { kind: 'task', id: 't', capability: 'desk', input } });
  return {
    flow,
    async join(bus: Bus, ns: string) {
      for (const one of [desk(), ...others]) {
        stack.use(await startAgent(one, { bus, ns, instance: `${one.name}-1`, slots: 4 }));
      }
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** Runs one task of the desk on a server with a conductor and a router, and answers its history. */
async function runOnce(input: Json, ...others: ReturnType<typeof agent>[]) {
  await using cast = castOf(input, ...others);
  await using stage = await openNatsStage(cast);
  await using stack = new AsyncDisposableStack();
  stack.use(await runConductor(await stage.connect('conductor')));
  stack.use(await runRouter(await stage.connect('router'), 2_000));
  await stage.submit(1);
  const [history] = await stage.settled(1);
  if (history === undefined) throw new Error('there is no run');
  expect(violations(history)).toEqual([]);
  const end = history.decisions.flatMap(({ events }) => events).find(({ type }) => type === 'RunSettled');
  return { history, end };
}

test('ann hands over, bob refuses, carl agrees and finishes with what he was told', async () => {
  const { history, end } = await runOnce({}, agent('bob', 'expert', expert, busy), agent('carl', 'expert', expert));
  expect(end).toMatchObject({
    status: 'completed',
    output: {
      agent: 'carl',
      handoff: { from: 'ann', reason: 'too hard', priority: 'normal', hop: 1, brief: { ...brief, failed: [] } },
    },
  });
  expect(history.awards.map((made) => made.agent)).toEqual(['ann', 'carl']);
  expect(history.awards[1]?.award.reasons).toMatchObject({
    rule: 'handoff_agreed',
    refusals: [{ agent: 'bob', reason: 'not today' }],
  });
});

test('the giver gets its task back when all refuse, and goes on in its own journal', async () => {
  const { end } = await runOnce({}, agent('bob', 'expert', expert, busy), agent('carl', 'expert', expert, busy));
  expect(end).toMatchObject({
    status: 'completed',
    output: {
      note: 1,
      refused: [
        { to: 'bob', reason: 'not today' },
        { to: 'carl', reason: 'not today' },
      ],
    },
  });
});

test('a task that is lent comes back with the result', async () => {
  const { history, end } = await runOnce({ continuation: 'return' }, agent('carl', 'expert', expert));
  expect(end).toMatchObject({ output: { note: 1, from: 'carl', output: { agent: 'carl' } } });
  expect(history.awards.map((made) => made.agent)).toEqual(['ann', 'carl', 'ann']);
});

const RUNS = 40;

const start = (stage: NatsStage, service: 'conductor' | 'router'): ServiceProcess =>
  spawnService(new URL(`../../../services/${service}/src/main.ts`, import.meta.url).pathname, {
    PARLEY_NATS_URL: stage.url,
    PARLEY_LEASE_KEY: 'test',
    PARLEY_HTTP_PORT: '0',
    PARLEY_LOG_LEVEL: 'warn',
  });

test('a router that is killed in the middle of hand-offs is followed by another, and every task goes over once', async () => {
  await using stage = await openNatsStage(RELAY_CAST);
  await using stack = new AsyncDisposableStack();
  stack.use(start(stage, 'conductor'));
  const killed = stack.use(start(stage, 'router'));
  await stage.submit(RUNS);
  const before = await eventually(
    async () => {
      const histories = await stage.histories();
      const given = histories.flatMap(({ awards }) => awards).filter(({ award }) => award.handoff !== undefined);
      if (given.length < RUNS / 4) throw new Error(`${given.length} hand-offs so far`);
      return histories;
    },
    { everyMs: 1, timeoutMs: 20_000 },
  );
  expect(await killed.kill('SIGKILL')).toMatchObject({ signal: 'SIGKILL' });
  expect(before.filter(isSettled).length).toBeLessThan(RUNS);
  stack.use(start(stage, 'router'));
  for (const history of await stage.settled(RUNS)) {
    expect(violations(history), history.run).toEqual([]);
    expect(history.awards).toHaveLength(RELAY_AWARDS);
    const end = history.decisions.flatMap(({ events }) => events).find(({ type }) => type === 'RunSettled');
    expect(end, history.run).toMatchObject({ status: 'completed', output: RELAY_OUTPUT });
  }
}, 90_000);
