import {
  type Body,
  encodeJson,
  HEADER,
  type Json,
  RunSubmission,
  TaskAnnouncement,
  TaskResult,
} from '@parley/contracts';
import { expect, test } from 'vitest';
import { NS, openWorld, task, type World } from './testing/world.ts';

async function publish(world: World, subject: string, text: string): Promise<Json[]> {
  const answers: Json[] = [];
  await using _ = await world.bus.subscribe('_INBOX.sender', (messages) => {
    for (const { payload } of messages) answers.push(JSON.parse(new TextDecoder().decode(payload)) as Json);
  });
  world.bus.publish({ subject, payload: new TextEncoder().encode(text) }, '_INBOX.sender');
  await world.rest();
  await world.rest();
  return answers;
}

async function results(world: World): Promise<Body<typeof TaskResult>[]> {
  const found: Body<typeof TaskResult>[] = [];
  for await (const { payload } of world.bus.read('RESULTS', TaskResult.filter()))
    found.push(TaskResult.decode(payload));
  return found;
}

const announce = (world: World, body: { [key: string]: Json }) =>
  world.bus.storeOne({
    subject: TaskAnnouncement.toSubject({ ns: NS, capability: 'work' }),
    payload: encodeJson(body),
    id: '',
  });

test('plain JSON without headers starts a run', async () => {
  await using world = await openWorld();
  await world.register(task('a'));
  world.bus.publish({ subject: `parley.v1.run.submit.${NS}.flow`, payload: encodeJson({ input: { q: 1 } }) });
  await world.rest();
  expect(await world.bus.lastPerSubject('RUNS', 'parley.v1.run.event.>', 10)).toHaveLength(1);
});

test.each([
  ['text that is not JSON', 'flow', '{"input":', 'json_invalid'],
  ['an empty payload', 'flow', '', 'body_required'],
  ['an unknown field', 'flow', '{"input":1,"x":2}', 'message_invalid'],
  ['a missing input', 'flow', '{}', 'message_invalid'],
  ['an input that does not fit the schema', 'flow', '{"input":{"q":1}}', 'message_invalid'],
  ['a forbidden key', 'flow', '{"input":{"__proto__":1}}', 'key_forbidden'],
  ['too much nesting', 'flow', `{"input":${'['.repeat(100)}${']'.repeat(100)}}`, 'json_too_deep'],
  ['a payload over the limit', 'flow', JSON.stringify({ input: { q: 'x'.repeat(300_000) } }), 'payload_too_large'],
  ['an unknown workflow', 'nowhere', '{"input":1}', 'workflow_unknown'],
])('%s is answered on the reply subject and dead-lettered with its code', async (_, workflow, text, code) => {
  await using world = await openWorld();
  const inputSchema = { type: 'object', properties: { q: { type: 'string' } } };
  await world.register(task('a'), 'flow', { inputSchema });
  const subject = `parley.v1.run.submit.${NS}.${workflow}`;
  const answers = await publish(world, subject, text);
  expect(answers).toContainEqual({ error: expect.objectContaining({ code }) as unknown });
  const [letter, ...others] = await world.deadLetters();
  expect(others).toEqual([]);
  expect(letter).toMatchObject({ subject, code, stream: 'INTAKE' });
  expect(Buffer.from(letter?.payload ?? '', 'base64').toString()).toBe(text);
  expect((await world.bus.streamInfo('INTAKE')).messages).toBe(0);
});

test("a good submission is answered with the stream's own ack and no error", async () => {
  await using world = await openWorld();
  await world.register(task('a'));
  expect(await publish(world, `parley.v1.run.submit.${NS}.flow`, '{"input":1}')).toEqual([
    { stream: 'INTAKE', seq: 1 },
  ]);
});

test("a refusal goes only to where the sender asked for it, never between the stream and its ack's subject", async () => {
  await using world = await openWorld();
  const heard: [subject: string, answer: Json][] = [];
  await using _ = await world.bus.subscribe('_INBOX.sender.*', (messages) => {
    for (const { subject, payload } of messages)
      heard.push([subject, JSON.parse(new TextDecoder().decode(payload)) as Json]);
  });
  const subject = RunSubmission.toSubject({ ns: NS, workflow: 'nowhere' });
  const headers = { [HEADER.replyTo]: '_INBOX.sender.answer' };
  world.bus.publish({ subject, payload: encodeJson({ input: 1 }), headers }, '_INBOX.sender.ack');
  await world.rest();
  await world.rest();
  expect(heard.filter(([to]) => to === '_INBOX.sender.ack')).toEqual([
    ['_INBOX.sender.ack', { stream: 'INTAKE', seq: 1 }],
  ]);
  expect(heard.filter(([to]) => to === '_INBOX.sender.answer')).toEqual([
    ['_INBOX.sender.answer', { error: expect.objectContaining({ code: 'workflow_unknown' }) as unknown }],
  ]);
});

test('an announced task becomes a run of one leaf and is answered on task.result', async () => {
  await using world = await openWorld();
  await world.work(({ input }) => ({ kind: 'result', output: { got: input } }));
  await announce(world, { task: 't1', input: 'x' });
  await announce(world, { task: 't1', input: 'x' });
  await world.until(async () => expect(await results(world)).toHaveLength(1));
  expect(await results(world)).toMatchObject([{ status: 'completed', output: { got: 'x' } }]);
  expect((await world.bus.lastPerSubject('RUNS', 'parley.v1.run.event.>', 10)).length).toBe(1);
});

test('an announced task that fails is answered with its error', async () => {
  await using world = await openWorld();
  await world.work(() => ({ kind: 'failed', error: { code: 'no_luck', message: 'none', retryable: true } }));
  await announce(world, { task: 't1', input: 'x', attempts: 2 });
  await world.until(async () => expect(await results(world)).toHaveLength(1));
  expect(await results(world)).toMatchObject([{ status: 'failed', error: { code: 'no_luck' } }]);
});

test('the answer to an announced task is stored once, however late the run is looked at again', async () => {
  await using world = await openWorld();
  await world.work(({ input }) => ({ kind: 'result', output: input }));
  await announce(world, { task: 't1', input: 'x' });
  await world.until(async () => expect(await results(world)).toHaveLength(1));
  await world.clock.advance(30 * 60_000);
  expect((await world.bus.streamInfo('TIMERS')).messages).toBe(0);
  await announce(world, { task: 't1', input: 'x' });
  await world.rest();
  expect(await results(world)).toHaveLength(1);
});

test('a malformed announcement is dead-lettered with its code', async () => {
  await using world = await openWorld();
  await announce(world, { task: 'not a token', input: 1 });
  await world.rest();
  expect(await world.deadLetters()).toMatchObject([{ code: 'message_invalid', stream: 'TASKS' }]);
});
