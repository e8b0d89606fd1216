import { type RunEvent, sealDecision } from '@parley/contracts';
import { expect, test } from 'vitest';
import { BRIEF, from, task, typesOf, World } from '../test/world.ts';
import { circleClosers, closesCircle } from './handoff.ts';

const leaf = (more: object = {}) => new World(task('t', { performMs: 1_000, ...more }));
const begun = (more: object = {}, input: string | number = 'in') => {
  const world = leaf(more);
  world.submit(input);
  return world;
};
const bytes = (events: RunEvent[]): number =>
  sealDecision({ v: 1, run: 'r', n: 1, prev: '', at: 0, causes: [], events }).payload.length;

test('a handed-over task is offered as the next attempt, with a journal of its own and nothing of the giver but the brief', () => {
  const world = begun();
  expect(world.handOver('0', { to: 'bob', reason: 'knows more', priority: 'high' })).toMatchObject([
    { type: 'AttemptClosed', attempt: 1, outcome: 'handoff', handoff: { to: 'bob' }, by: { agent: 'alice' } },
    { type: 'TaskScheduled', attempt: 2 },
  ]);
  const offered = world.attempt('0');
  expect(offered).toMatchObject({
    continues: false,
    journal: `${world.state.run}-0-a2`,
    capability: 'work',
    input: 'in',
    offer: { from: 'alice', to: 'bob', reason: 'knows more', priority: 'high', hop: 1, brief: BRIEF },
  });
  expect(offered.prefer).toBeUndefined();
  world.result('0', 'done', 'bob');
  expect(world.settled()).toMatchObject({ status: 'completed', output: 'done', steps: 1 });
});

test('a handoff to another capability may change the input, and keeps it when it does not', () => {
  const world = begun({ input: from('/input') });
  world.handOver('0', { capability: 'translate', input: { text: 'x' } });
  expect(world.attempt('0')).toMatchObject({ capability: 'translate', input: { text: 'x' } });
  world.handOver('0', { capability: 'polish' }, 'bob');
  expect(world.attempt('0')).toMatchObject({
    capability: 'polish',
    input: { text: 'x' },
    offer: { from: 'bob', hop: 2 },
  });
});

test('a refused offer gives the task back to its giver, with the reasons and its own journal', () => {
  const world = begun();
  world.handOver('0', { capability: 'work' });
  const refusals = [
    { to: 'bob', reason: 'busy' },
    { to: 'carl', reason: 'not mine' },
  ];
  expect(typesOf(world.refuseOffer('0', refusals))).toEqual(['AttemptClosed', 'TaskScheduled']);
  const back = world.attempt('0');
  expect(back).toMatchObject({
    attempt: 3,
    continues: true,
    journal: `${world.state.run}-0-a1`,
    prefer: 'alice',
    refused: refusals,
    answered: 1,
  });
  expect(back.offer).toBeUndefined();
  expect(back.brief).toBeUndefined();
  world.result('0', 1);
  expect(world.settled().status).toBe('completed');
});

test('what a receiver reports after its offer was refused by all is late', () => {
  const world = begun();
  world.handOver('0', { to: 'bob' });
  const offered = world.attempt('0');
  world.refuseOffer('0');
  expect(world.deliver(world.reportOf(offered, { kind: 'result', output: 1 }, { agent: 'bob' }))).toMatchObject([
    { type: 'LateReport', attempt: 2, agent: 'bob', reason: 'attempt_closed' },
  ]);
  expect(world.attempt('0')).toMatchObject({ attempt: 3, prefer: 'alice' });
});

test('an offer that nobody answers before its deadline is made again, and counts', () => {
  const world = begun({ attempts: 2 });
  world.handOver('0', { to: 'bob' });
  world.wake();
  expect(world.attempt('0')).toMatchObject({
    attempt: 3,
    offer: { from: 'alice', to: 'bob', hop: 1 },
    continues: true,
  });
  world.refuseOffer('0');
  expect(world.attempt('0')).toMatchObject({ attempt: 4, prefer: 'alice', journal: `${world.state.run}-0-a1` });
});

test('once the receiver has reported anything, the task is its own and no offer any more', () => {
  const world = begun();
  world.handOver('0', { to: 'bob' });
  world.park('0', 'bob');
  world.wake();
  const parked = world.attempt('0');
  expect(parked).toMatchObject({
    attempt: 3,
    prefer: 'bob',
    continues: true,
    brief: BRIEF,
    handoff: { from: 'alice' },
  });
  expect(parked.offer).toBeUndefined();
  expect(world.refuseOffer('0')).toEqual([]);
});

test('a failure of the receiver starts afresh with the brief, and the hops stay counted', () => {
  const world = begun({ handoffs: 1 });
  world.handOver('0', { to: 'bob', capability: 'else' });
  world.fail('0', true);
  world.wake();
  expect(world.attempt('0')).toMatchObject({ attempt: 3, continues: false, capability: 'else', handoff: { hop: 1 } });
  world.handOver('0', { to: 'dora' }, 'carl');
  expect(world.attempt('0').refused).toMatchObject([{ to: 'dora', reason: expect.stringContaining('1 times') }]);
});

test('a handoff is no failure: a task with one attempt may be handed over', () => {
  const world = begun({ attempts: 1 });
  world.handOver('0', { to: 'bob' });
  world.handOver('0', { to: 'carl' }, 'bob');
  world.result('0', 1, 'carl');
  expect(world.settled().status).toBe('completed');
});

test('with `return` the result of the receiver comes back to the giver, which goes on in its own journal', () => {
  const world = begun();
  world.handOver('0', { to: 'bob', continuation: 'return', capability: 'look_up', input: 'q' });
  expect(world.attempt('0')).toMatchObject({ capability: 'look_up', input: 'q' });
  expect(typesOf(world.result('0', { answer: 7 }, 'bob'))).not.toContain('NodeSettled');
  expect(world.attempt('0')).toMatchObject({
    attempt: 3,
    capability: 'work',
    input: 'in',
    prefer: 'alice',
    continues: true,
    journal: `${world.state.run}-0-a1`,
    returned: { from: 'bob', output: { answer: 7 } },
    answered: 1,
  });
  world.result('0', 'all', 'alice');
  expect(world.settled()).toMatchObject({ output: 'all', steps: 1 });
});

test('at most three givers wait, one inside the other, and results come back to them in turn', () => {
  const world = begun({ handoffs: 10 });
  const ask = (to: string, agent: string) => world.handOver('0', { to, continuation: 'return' }, agent);
  ask('bob', 'alice');
  ask('carl', 'bob');
  ask('dora', 'carl');
  ask('emil', 'dora');
  expect(world.attempt('0')).toMatchObject({ prefer: 'dora', refused: [{ to: 'emil' }] });
  world.result('0', 'd', 'dora');
  expect(world.attempt('0')).toMatchObject({ prefer: 'carl', returned: { from: 'dora', output: 'd' } });
  world.result('0', 'c', 'carl');
  expect(world.attempt('0')).toMatchObject({ prefer: 'bob', returned: { from: 'carl', output: 'c' } });
  world.result('0', 'b', 'bob');
  world.result('0', 'a', 'alice');
  expect(world.settled().output).toBe('a');
});

test('what is lent may be transferred: the result of whoever ends it comes back', () => {
  const world = begun();
  world.handOver('0', { to: 'bob', continuation: 'return' });
  world.handOver('0', { to: 'carl' }, 'bob');
  world.result('0', 'c', 'carl');
  expect(world.attempt('0')).toMatchObject({ prefer: 'alice', returned: { from: 'carl', output: 'c' } });
});

test.each([
  ['itself', { to: 'alice' }, {}, /itself/],
  ['a task that forbids it', { to: 'bob' }, { handoffs: 0 }, /may not be handed over/],
  ['an agent that the task excludes', { to: 'bob' }, { agents: ['alice', 'carl'] }, /alone, not for bob/],
])('a handoff to %s is refused by the platform, and the giver goes on', (_what, request, more, reason) => {
  const world = begun(more);
  world.handOver('0', request);
  expect(world.attempt('0')).toMatchObject({
    attempt: 2,
    continues: true,
    prefer: 'alice',
    answered: 1,
    refused: [{ reason: expect.stringMatching(reason) }],
  });
  expect(world.attempt('0').offer).toBeUndefined();
});

test.each([
  ['handoff_invalid', { to: 'alice' }, {}],
  ['handoff_exhausted', { to: 'bob' }, { handoffs: 0 }],
])('the second request in a row that is refused fails the task as %s', (code, request, more) => {
  const world = begun(more);
  world.handOver('0', request);
  world.handOver('0', request);
  expect(world.settled()).toMatchObject({ status: 'failed', error: { code, retryable: false } });
});

test('a task goes over four times when its definition says nothing', () => {
  const world = begun();
  const holders = ['alice', 'bob', 'carl', 'dora', 'emil', 'fred'];
  for (let i = 0; i < 5; i++) world.handOver('0', { to: holders[i + 1] ?? '' }, holders[i] ?? '');
  expect(world.attempt('0')).toMatchObject({ prefer: 'emil', refused: [{ to: 'fred' }] });
  world.handOver('0', { to: 'fred' }, 'emil');
  expect(world.settled().error?.code).toBe('handoff_exhausted');
});

test('offers that are refused are counted as well: the budget bounds how often anybody is asked', () => {
  const world = begun({ handoffs: 3 });
  for (let i = 0; i < 3; i++) {
    world.handOver('0', { to: 'bob' });
    world.refuseOffer('0');
  }
  world.handOver('0', { to: 'bob' });
  world.handOver('0', { to: 'bob' });
  expect(world.settled().error?.code).toBe('handoff_exhausted');
});

test('a task that goes to and fro is stopped when an agent would hold it for the third time of five', () => {
  const world = begun({ handoffs: 50 });
  world.handOver('0', { to: 'bob' }, 'alice');
  world.handOver('0', { to: 'alice' }, 'bob');
  world.handOver('0', { to: 'bob' }, 'alice');
  world.handOver('0', { to: 'alice' }, 'bob');
  expect(world.attempt('0').refused?.[0]?.reason).toContain('alice → bob → alice → bob → alice');
  world.handOver('0', { to: 'alice' }, 'bob');
  expect(world.settled().error?.code).toBe('handoff_cycle');
});

test('an offer to a capability names the agents that would close a circle', () => {
  const world = begun({ handoffs: 50 });
  world.handOver('0', { to: 'bob' }, 'alice');
  world.handOver('0', { to: 'alice' }, 'bob');
  world.handOver('0', { to: 'bob' }, 'alice');
  world.handOver('0', { capability: 'work' }, 'bob');
  expect(world.attempt('0').offer?.avoid).toEqual(['alice']);
});

test.each([
  ['abca', 'b', false],
  ['abcab', 'c', true],
  ['abcdabc', 'd', true],
  ['abab', 'a', true],
  ['aba', 'b', false],
  ['abcd', 'a', false],
  ['', 'a', false],
])('after %s, %s closes a circle: %s', (way, next, closes) => {
  expect(closesCircle(way.split(''), next)).toBe(closes);
  expect(circleClosers(way.split('')).includes(next)).toBe(closes);
});

test('a request in a paused run is recorded, and offered with the resume', () => {
  const world = begun();
  world.control('pause');
  expect(typesOf(world.handOver('0', { to: 'bob' }))).toEqual(['AttemptClosed']);
  world.control('resume');
  expect(world.attempt('0')).toMatchObject({ attempt: 2, continues: false, epoch: 2, offer: { to: 'bob' } });
});

test('after a halt the offer is made again; a request from before it does not count', () => {
  const world = begun();
  const before = world.attempt('0');
  world.handOver('0', { to: 'bob' });
  world.control('halt');
  expect(world.refuseOffer('0')).toEqual([]);
  world.control('resume');
  expect(world.attempt('0')).toMatchObject({ attempt: 3, offer: { to: 'bob', from: 'alice', hop: 1 } });
  expect(before.attempt).toBe(1);
});

test('a receiver whose work a halt cut off keeps the task', () => {
  const world = begun();
  world.handOver('0', { to: 'bob' });
  world.control('halt');
  world.park('0', 'bob');
  world.control('resume');
  expect(world.attempt('0')).toMatchObject({ attempt: 3, prefer: 'bob', continues: true, handoff: { from: 'alice' } });
  expect(world.attempt('0').offer).toBeUndefined();
});

test('an event is as large after the tenth hop as after the first', () => {
  const world = begun({ handoffs: 50 });
  const sizes: number[] = [];
  for (let hop = 0; hop < 20; hop++) {
    const [giver, to] = [`agent-${String(hop).padStart(2, '0')}`, `agent-${String(hop + 1).padStart(2, '0')}`];
    const events = world.handOver('0', { to, brief: { ...BRIEF, found: ['x'.repeat(1_000)] } }, giver);
    expect(world.attempt('0').offer?.hop).toBe(hop + 1);
    sizes.push(bytes(events));
  }
  expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThan(20);
  const state = JSON.stringify(world.state);
  expect(state.split('x'.repeat(1_000)).length - 1).toBeLessThanOrEqual(2);
});
