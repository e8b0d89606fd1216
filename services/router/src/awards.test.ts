import {
  AgentBeat,
  AgentHello,
  decodeJson,
  encodeJson,
  partitionOf,
  QueryAgents,
  RunDecision,
} from '@parley/contracts';
import { expect, onTestFinished, test, vi } from 'vitest';
import { type Bid, NS, openWorld } from './testing/world.ts';

test('two routers that have the same task award it once', async () => {
  await using world = await openWorld({ routers: 2 });
  await world.agent('a', () => ({}));
  await world.agent('b', () => ({}));
  // The same attempt twice in the log stands for a decision that is delivered to both.
  await Promise.all([world.schedule('r1', {}), world.schedule('r1', {}), world.schedule('r1', {})]);
  expect(await world.awards()).toHaveLength(1);
  await world.clock.advance(60_000);
  expect(await world.awards()).toHaveLength(1);
});

test('a decision whose router died before its ack is awarded once', async () => {
  await using world = await openWorld({ routers: 0 });
  const bus = world.connect();
  const first = await world.router(bus);
  await world.agent('only');
  await world.schedule('r1', {}, {});
  await bus.close();
  await world.router();
  await world.clock.advance(60_000);
  expect((await world.awards()).map(({ task }) => task)).toEqual(['r1-0-0', 'r1-0-1']);
  await first[Symbol.asyncDispose]();
});

test('a task that no registered agent can do is unroutable', async () => {
  await using world = await openWorld();
  await world.schedule('r1', {});
  expect(await world.awards()).toEqual([]);
  expect(await world.signals()).toEqual([
    { kind: 'unroutable', task: 'r1-0-0', attempt: 1, reason: 'no agent with this capability is registered' },
  ]);
});

test('a task that everybody refuses is called for again, and is unroutable with their reasons only after a while', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  await using world = await openWorld();
  await world.agent('a', () => ({ refuse: 'too hard' }));
  await world.agent('b', () => ({ refuse: 'too long' }));
  await world.schedule('r1', {});
  expect(await world.signals()).toEqual([]);
  await world.clock.advance(31_000);
  vi.advanceTimersByTime(250);
  await world.rest();
  expect(await world.signals()).toMatchObject([
    { attempt: 1, reason: expect.stringMatching(/a refused \(too hard\).*b refused \(too long\)/) as unknown },
  ]);
});

test('a task that nobody will ever take is unroutable at once', async () => {
  await using world = await openWorld();
  await world.agent('a', () => ({ refuse: 'input_invalid: /x', final: true }));
  await world.agent('b', () => ({ refuse: 'input_invalid: /x', final: true }));
  await world.schedule('r1', {});
  expect(await world.signals()).toHaveLength(1);
});

test('a team that is full for a moment gets its task when somebody has room', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  await using world = await openWorld();
  let full = true;
  const bid = (): Bid => (full ? { refuse: 'busy' } : {});
  await world.agent('a', bid);
  await world.agent('b', bid);
  await world.schedule('r1', {});
  expect(await world.awards()).toEqual([]);
  full = false;
  vi.advanceTimersByTime(250);
  await world.rest();
  expect(await world.awards()).toHaveLength(1);
  expect(await world.signals()).toEqual([]);
});

test('an attempt that has its award is not called unroutable when its decision is delivered again', async () => {
  await using world = await openWorld();
  let full = false;
  const bid = (): Bid => (full ? { refuse: 'full' } : {});
  await world.agent('a', bid);
  await world.agent('b', bid);
  await world.schedule('r1', {});
  full = true;
  await world.schedule('r1', {});
  expect(await world.awards()).toHaveLength(1);
  expect(await world.signals()).toEqual([]);
});

test('a decision past its deadline, or of an epoch below a halt, gets no award', async () => {
  await using world = await openWorld();
  await world.agent('only');
  await world.schedule('r1', { deadlineAt: world.clock.now() - 1 });
  const epoch = await world.control('r2', 'halt');
  await world.schedule('r2', { epoch: epoch - 1 });
  expect(await world.awards()).toEqual([]);
  const resumed = await world.control('r2', 'resume');
  await world.schedule('r2', { epoch: resumed, attempt: 2 });
  expect(await world.awards()).toMatchObject([{ run: 'r2', attempt: 2, epoch: resumed }]);
});

test('a router that starts after a halt and its resume awards nothing from before them', async () => {
  await using world = await openWorld({ routers: 0 });
  const first = await world.router();
  await world.agent('only');
  await first[Symbol.asyncDispose]();
  await world.control('r1', 'halt');
  const resumed = await world.control('r1', 'resume');
  await world.router();
  await world.schedule('r1', { epoch: 0 });
  expect(await world.awards()).toEqual([]);
  await world.schedule('r1', { epoch: resumed, attempt: 2 });
  expect(await world.awards()).toMatchObject([{ attempt: 2 }]);
});

test('a decision that cannot be read is dead-lettered, and the ones beside it are routed', async () => {
  await using world = await openWorld();
  await world.agent('only');
  const subject = RunDecision.toSubject({ ns: NS, partition: partitionOf('r9'), runId: 'r9' });
  await world.bus.storeOne({ subject, payload: encodeJson({ v: 2 }), id: 'broken' });
  await world.schedule('r1', {});
  expect(await world.awards()).toHaveLength(1);
  expect(await world.bus.last('DEADLETTER', `parley.v1.deadletter.${NS}.router`)).toBeDefined();
});

test('malformed words of an agent do not disturb the registry', async () => {
  await using world = await openWorld();
  const beat = AgentBeat.toSubject({ ns: NS, agent: 'a' });
  world.bus.publish({ subject: beat, payload: new Uint8Array([0xff]) });
  world.bus.publish({ subject: beat, payload: encodeJson({ instance: 'i1', slots: 1, inHand: 0 }) });
  await world.rest();
  const hello = AgentHello.toSubject({ ns: NS, agent: 'a' });
  await expect(
    world.bus.request({ subject: hello, payload: encodeJson({}) }, { timeoutMs: 100 }),
  ).rejects.toMatchObject({ problem: { code: 'message_invalid' } });
  await world.agent('b');
  const subject = QueryAgents.toSubject({ ns: NS });
  const { payload } = await world.bus.request({ subject, payload: QueryAgents.encode({}) }, { timeoutMs: 100 });
  expect(decodeJson(payload)).toMatchObject({ agents: [{ card: { agent: 'b' }, instances: [{ instance: 'b-1' }] }] });
});

test('a router starts and routes although a command in CONTROL cannot be read', async () => {
  await using world = await openWorld({ routers: 0 });
  await world.bus.storeOne({
    subject: `parley.v1.control.run.${NS}.r9`,
    payload: encodeJson({ verb: 'dance' }),
    id: 'x',
  });
  const epoch = await world.control('r1', 'halt');
  await world.router();
  await world.agent('only');
  await world.schedule('r1', { epoch: epoch - 1 });
  await world.schedule('r2', {});
  expect((await world.awards()).map(({ run }) => run)).toEqual(['r2']);
});
