import Anthropic from '@anthropic-ai/sdk';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ModelSim, startModelSim } from '@parley/model-sim';

let sim: ModelSim;
beforeEach(async () => {
  sim = await startModelSim();
});
afterEach(() => sim.stop());

const hello = { model: 'sim-extractive-1', max_tokens: 50, messages: [{ role: 'user', content: 'Hello.' }] };

function post(
  path: string,
  body: unknown,
  headers: Record<string, string> = { 'x-api-key': 'any' },
): Promise<Response> {
  return fetch(`${sim.url}${path}`, {
    method: 'POST',
    headers,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

test('an answer without a stream has the shape of the API', async () => {
  const response = await post('/v1/messages', hello);
  expect(response.status).toBe(200);
  expect(response.headers.get('request-id')).toMatch(/^req_/);
  expect(await response.json()).toMatchObject({
    id: expect.stringMatching(/^msg_/),
    type: 'message',
    role: 'assistant',
    content: [{ type: 'text', text: 'The documents do not answer this.' }],
    stop_reason: 'end_turn',
    usage: { input_tokens: expect.any(Number), output_tokens: expect.any(Number) },
  });
});

test.each<[string, number, string, unknown, string]>([
  ['not JSON', 400, 'invalid_request_error', '{', 'JSON'],
  ['no messages', 400, 'invalid_request_error', { ...hello, messages: [] }, 'messages'],
  ['a sampling parameter', 400, 'invalid_request_error', { ...hello, temperature: 1 }, 'temperature'],
  [
    'an unknown role',
    400,
    'invalid_request_error',
    { ...hello, messages: [{ role: 'robot', content: 'x' }] },
    'messages.0.role',
  ],
  [
    'a last tool use without result',
    400,
    'invalid_request_error',
    {
      ...hello,
      messages: [
        ...hello.messages,
        { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'n', input: {} }] },
      ],
    },
    'tool_result',
  ],
  [
    'a tool result from nowhere',
    400,
    'invalid_request_error',
    { ...hello, messages: [{ role: 'user', content: [{ type: 'tool_result', tool_use_id: 'x', content: '' }] }] },
    'tool_use',
  ],
  [
    'an unanswered tool use',
    400,
    'invalid_request_error',
    {
      ...hello,
      messages: [
        ...hello.messages,
        { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'n', input: {} }] },
        ...hello.messages,
      ],
    },
    'tool_result',
  ],
  ['a choice without tools', 400, 'invalid_request_error', { ...hello, tool_choice: { type: 'any' } }, 'tool_choice'],
  ['an unknown model', 404, 'not_found_error', { ...hello, model: 'gpt-9' }, 'gpt-9'],
])('%s is refused with %i in the error shape of the API', async (_, status, type, body, named) => {
  const response = await post('/v1/messages', body);
  expect(response.status).toBe(status);
  expect(await response.json()).toEqual({
    type: 'error',
    error: { type, message: expect.stringContaining(named) },
    request_id: response.headers.get('request-id'),
  });
});

test('a request without a key is refused, one with any key of either kind is not', async () => {
  expect((await post('/v1/messages', hello, {})).status).toBe(401);
  expect((await post('/v1/messages', hello, { authorization: 'Bearer x' })).status).toBe(200);
  expect((await post('/v1/messages', hello, { 'x-api-key': 'x' })).status).toBe(200);
});

test('an unknown path and a body over 32 MB are refused', async () => {
  expect((await post('/v1/unknown', hello)).status).toBe(404);
  const huge = JSON.stringify({ ...hello, system: 'x'.repeat(33 * 1024 * 1024) });
  const outcome = await post('/v1/messages', huge).then(
    (response) => response.status,
    () => 'connection closed',
  );
  expect([413, 'connection closed']).toContain(outcome);
  await expect.poll(() => sim.journal.at(-1)).toMatchObject({ status: 413, errorType: 'request_too_large' });
});

test('the SDK counts tokens and lists and retrieves models', async () => {
  const client = new Anthropic({ apiKey: 'any', baseURL: sim.url, maxRetries: 0 });
  const { input_tokens } = await client.messages.countTokens({
    model: hello.model,
    messages: [{ role: 'user', content: 'Hello.' }],
  });
  const message = await client.messages.create({ ...hello, messages: [{ role: 'user', content: 'Hello.' }] });
  expect(message.usage.input_tokens).toBe(input_tokens);
  const ids = [];
  for await (const model of client.models.list()) ids.push(model.id);
  expect(ids).toEqual(['sim-extractive-1']);
  expect(await client.models.retrieve('claude-opus-5-5')).toMatchObject({ id: 'claude-opus-5-5', lifecycle: 'active' });
  await expect(client.models.retrieve('nobody')).rejects.toMatchObject({ status: 404 });
});

test('the journal shows repeated calls by their body', async () => {
  const tagged = { ...hello, metadata: { user_id: 'writer/run1/task/1' } };
  for (const body of [tagged, tagged, { ...tagged, max_tokens: 51 }]) await post('/v1/messages', body);
  const journal = (await (await fetch(`${sim.url}/_sim/journal`)).json()) as {
    bodySha256: string;
    runId: string;
    taskId: string;
  }[];
  expect(journal).toHaveLength(3);
  expect(journal[0]).toMatchObject({ agent: 'writer', runId: 'run1', taskId: 'task/1', path: '/v1/messages' });
  const hashes = journal.map(({ bodySha256 }) => bodySha256);
  expect(hashes[0]).toBe(hashes[1]);
  expect(hashes[2]).not.toBe(hashes[0]);
  await fetch(`${sim.url}/_sim/journal`, { method: 'DELETE' });
  expect(sim.journal).toHaveLength(0);
});

test('faults can be set, shown and cleared over HTTP, and asked for by one request', async () => {
  const plan = { seed: 1, rules: [{ fault: { kind: 'overloaded' }, times: 1 }] };
  expect((await post('/_sim/faults', { rules: [{ fault: { kind: 'nope' } }] })).status).toBe(400);
  expect((await post('/_sim/faults', plan)).status).toBe(200);
  expect(await (await fetch(`${sim.url}/_sim/faults`)).json()).toEqual({
    seed: 1,
    rules: [{ fault: [{ kind: 'overloaded' }], times: 1 }],
  });
  expect((await post('/v1/messages', hello)).status).toBe(529);
  expect((await post('/v1/messages', hello)).status).toBe(200);
  await fetch(`${sim.url}/_sim/faults`, { method: 'DELETE' });
  const limited = await post('/v1/messages', hello, {
    'x-api-key': 'x',
    'x-parley-sim-fault': JSON.stringify({ kind: 'rate_limit', retryAfterSeconds: 2 }),
  });
  expect(limited.status).toBe(429);
  expect(limited.headers.get('retry-after')).toBe('2');
  expect(sim.journal.map(({ faults }) => faults)).toEqual([['overloaded'], undefined, ['rate_limit']]);
});

test('health and readiness answer without a key', async () => {
  for (const path of ['/healthz', '/readyz']) expect((await fetch(`${sim.url}${path}`)).status).toBe(200);
});

test('stopping breaks open calls and frees the port', async () => {
  sim.setFaults([{ fault: { kind: 'hang' } }]);
  const call = post('/v1/messages', hello).then(
    () => 'answered',
    () => 'broken',
  );
  await expect.poll(() => sim.journal.length).toBe(1);
  await sim.stop();
  expect(await call).toBe('broken');
  const again = await startModelSim({ port: sim.port });
  expect(again.port).toBe(sim.port);
  await again.stop();
});
