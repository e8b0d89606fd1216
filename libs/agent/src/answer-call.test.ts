import { expect, test } from 'vitest';
import { z } from 'zod';
import { answerCall, type InstanceView } from './answer-call.ts';
import { type Bid, defineAgent, propose, refuse } from './define-agent.ts';

const view: InstanceView = { slots: 4, inHand: 1, load: 0.25, meanMs: undefined, meanMicroUsd: undefined };
const agentWith = (bid?: Bid) =>
  defineAgent({
    name: 'adder',
    version: '1.0.0',
    description: 'Adds.',
    capabilities: {
      add: { description: 'Adds one.', input: z.object({ n: z.number() }), output: z.object({ n: z.number() }) },
    },
    ...(bid === undefined ? {} : { bid }),
    perform: { add: ({ n }) => ({ n: n + 1 }) },
  });
const offer = (task: string, input?: unknown) =>
  ({
    run: 'r1',
    task,
    attempt: 1,
    criteria: 'balanced',
    deadlineAt: 1,
    performMs: 100,
    inputBytes: 8,
    ...(input === undefined ? {} : { input }),
  }) as never;
const call = (...tasks: never[]) => ({ conversation: 'c1', router: 'router1', replyByMs: 10, tasks });

test('every task of a call gets a proposal or a refusal in one answer', () => {
  const agent = agentWith((task) =>
    task.task === 't2' ? refuse('not this one') : propose({ cost: 3, etaMs: 20, confidence: 0.9 }),
  );
  expect(answerCall(agent, 'add', call(offer('t1', { n: 1 }), offer('t2', { n: 1 })), view, 'i1')).toEqual({
    conversation: 'c1',
    instance: 'i1',
    proposals: [{ task: 't1', attempt: 1, cost: 3, etaMs: 20, confidence: 0.9, load: 0.25 }],
    refusals: [{ task: 't2', attempt: 1, reason: 'not this one', final: false }],
  });
});

test('a bid knows how many tasks the call offers and where its own stands among them', () => {
  const agent = agentWith((_, { place, offered }) => propose({ etaMs: place * 10, confidence: place / offered }));
  const { proposals } = answerCall(agent, 'add', call(offer('t1'), offer('t2')), view, 'i1');
  expect(proposals).toMatchObject([
    { task: 't1', etaMs: 0, confidence: 0 },
    { task: 't2', etaMs: 10, confidence: 0.5 },
  ]);
});

test('a task whose input does not fit is refused with the field', () => {
  const { refusals } = answerCall(agentWith(), 'add', call(offer('t1', { n: 'one' })), view, 'i1');
  expect(refusals[0]?.reason).toMatch(/^input_invalid: \/n: /);
});

test('an input that is not in the call, or is kept as a blob, is bid on unseen', () => {
  const blob = { $blob: { sha256: 'a'.repeat(64), by: 'planner', bytes: 70_000, type: 'application/json' } };
  expect(answerCall(agentWith(), 'add', call(offer('t1'), offer('t2', blob)), view, 'i1').proposals).toHaveLength(2);
});

test('an agent without a bid function bids what it has seen of its own work', () => {
  const seen = { ...view, meanMs: 250, meanMicroUsd: 40 };
  expect(answerCall(agentWith(), 'add', call(offer('t1')), seen, 'i1').proposals[0]).toMatchObject({
    cost: 40,
    etaMs: 250,
  });
});

test('a bid that throws or is not a number is a refusal', () => {
  const throws = agentWith(() => {
    throw new Error('boom');
  });
  expect(answerCall(throws, 'add', call(offer('t1')), view, 'i1').refusals[0]?.reason).toBe('bid_failed: boom');
  for (const bid of [{ cost: Number.NaN }, { cost: -1 }, { confidence: 2 }, { etaMs: Number.POSITIVE_INFINITY }]) {
    const { refusals } = answerCall(
      agentWith(() => propose(bid)),
      'add',
      call(offer('t1')),
      view,
      'i1',
    );
    expect(refusals[0]?.reason).toMatch(/^bid_invalid/);
  }
});
