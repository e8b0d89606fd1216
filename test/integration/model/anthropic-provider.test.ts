import Anthropic from '@anthropic-ai/sdk';
import { propagation, trace } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { TracerProvider } from '@opentelemetry/sdk-trace';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import {
  costMicroUsd,
  createAnthropicProvider,
  ModelError,
  type ModelProvider,
  type ModelRequest,
  type ModelStreamEvent,
  parseStructured,
  repairRequest,
  textOf,
} from '@parley/model';
import { type FaultPlanInput, type ModelSim, type ScenarioInput, startModelSim } from '@parley/model-sim';

const IDLE_MS = 480;
const HEADERS_MS = 480;
let stack: AsyncDisposableStack;

beforeEach(() => {
  stack = new AsyncDisposableStack();
});
afterEach(() => stack.disposeAsync());

async function start(
  options: { scenario?: ScenarioInput; faults?: FaultPlanInput } = {},
): Promise<{ sim: ModelSim; provider: ModelProvider }> {
  const sim = stack.use(await startModelSim(options));
  const provider = createAnthropicProvider({
    apiKey: 'any',
    baseURL: sim.url,
    idleTimeoutMs: IDLE_MS,
    headersTimeoutMs: HEADERS_MS,
  });
  return { sim, provider };
}

const request: ModelRequest = {
  model: 'sim-extractive-1',
  maxTokens: 500,
  messages: [{ role: 'user', content: 'Say something.' }],
  metadata: { runId: 'run1', taskId: 'task1', agent: 'writer' },
};
const says: ScenarioInput = {
  strict: true,
  rules: [{ reply: { text: 'Agents bid for work and the best bid wins it.' } }],
};
const signal = new AbortController().signal;

/** What the call rejected with; fails when it did not. */
async function failure(
  provider: ModelProvider,
  of: ModelRequest = request,
  at: AbortSignal = signal,
): Promise<ModelError> {
  const outcome: unknown = await provider.complete(of, { signal: at }).then(
    () => 'a result',
    (error: unknown) => error,
  );
  if (!(outcome instanceof ModelError)) throw new Error(`expected a ModelError, got ${String(outcome)}`);
  return outcome;
}

test('a streamed answer arrives in pieces and as a whole, with its usage', async () => {
  const { sim, provider } = await start({ scenario: says });
  const events: ModelStreamEvent[] = [];
  const response = await provider.complete(request, { signal, onEvent: (event) => events.push(event) });
  expect(textOf(response)).toBe('Agents bid for work and the best bid wins it.');
  const pieces = events.flatMap((event) => (event.type === 'text' ? [event.text] : []));
  expect(pieces.length).toBeGreaterThan(1);
  expect(pieces.join('')).toBe(textOf(response));
  expect(response).toMatchObject({ model: 'sim-extractive-1', stopReason: 'end_turn', usage: { outputTokens: 12 } });
  expect(costMicroUsd(response.model, response.usage)).toBeGreaterThan(0);
  expect(sim.journal).toMatchObject([
    {
      agent: 'writer',
      runId: 'run1',
      taskId: 'task1',
      status: 200,
      stream: true,
      stopReason: 'end_turn',
      finishedAt: expect.any(String),
    },
  ]);
});

test('the same prompt is written to the cache once and read the second time, unless caching is off', async () => {
  const { provider } = await start({ scenario: says });
  const first = await provider.complete(request, { signal });
  const second = await provider.complete(request, { signal });
  const third = await provider.complete({ ...request, cache: false }, { signal });
  expect(first.usage).toMatchObject({ cacheReadTokens: 0, inputTokens: 0 });
  expect(first.usage.cacheWriteTokens).toBeGreaterThan(0);
  expect(second.usage).toMatchObject({ cacheReadTokens: first.usage.cacheWriteTokens, cacheWriteTokens: 0 });
  expect(third.usage).toMatchObject({
    inputTokens: first.usage.cacheWriteTokens,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
  });
});

test('a tool loop with the extractive brain ends in a structured answer quoted from the tool result', async () => {
  const { sim, provider } = await start();
  const Answer = z.object({
    answered: z.boolean(),
    quotes: z.array(z.object({ file: z.string(), line: z.int(), quote: z.string() })),
  });
  const outputSchema = z.toJSONSchema(Answer) as NonNullable<ModelRequest['outputSchema']>;
  const asking: ModelRequest = {
    ...request,
    messages: [{ role: 'user', content: 'Question: Who wins the work?' }],
    tools: [
      {
        name: 'search_corpus',
        inputSchema: { type: 'object', properties: { query: { type: 'string' } }, required: ['query'] },
      },
    ],
    outputSchema,
  };
  const turn = await provider.complete(asking, { signal });
  const call = turn.content.find((block) => block.type === 'tool_use');
  expect(turn.stopReason).toBe('tool_use');
  expect(turn.parsed).toBeUndefined();
  expect(call).toMatchObject({ name: 'search_corpus', input: { query: 'Who wins the work?' } });

  const found = { results: [{ file: 'a.md', line: 3, text: 'The best bid wins the work.', score: 1 }] };
  const answered = await provider.complete(
    {
      ...asking,
      messages: [
        ...asking.messages,
        { role: 'assistant', content: turn.content },
        { role: 'user', content: [{ type: 'tool_result', toolUseId: call?.id ?? '', content: JSON.stringify(found) }] },
      ],
    },
    { signal },
  );
  expect(parseStructured(Answer, answered)).toEqual({
    ok: true,
    value: { answered: true, quotes: [{ file: 'a.md', line: 3, quote: 'The best bid wins the work.' }] },
  });
  expect(answered.usage.cacheReadTokens).toBeGreaterThan(0);
  expect(sim.journal.map(({ status }) => status)).toEqual([200, 200]);
});

test('an answer that does not fit is repaired in one more turn', async () => {
  const Yes = z.object({ yes: z.boolean() });
  const { provider } = await start({
    scenario: {
      strict: true,
      rules: [
        { match: { user: 'does not fit' }, reply: { json: { yes: true } } },
        { reply: { json: { yes: 'maybe' } } },
      ],
    },
  });
  const asking = { ...request, outputSchema: { type: 'object' } };
  const wrong = await provider.complete(asking, { signal });
  const mismatch = parseStructured(Yes, wrong);
  if (mismatch.ok) throw new Error('the first answer fits');
  const right = await provider.complete(repairRequest(asking, wrong, mismatch), { signal });
  expect(parseStructured(Yes, right)).toEqual({ ok: true, value: { yes: true } });
});

test('every stop reason reaches the caller', async () => {
  const reasons = [
    'end_turn',
    'max_tokens',
    'stop_sequence',
    'tool_use',
    'pause_turn',
    'refusal',
    'model_context_window_exceeded',
  ] as const;
  const { provider } = await start({
    scenario: {
      rules: reasons.map((stopReason) => ({ match: { user: stopReason }, reply: { text: 'x', stopReason } })),
    },
  });
  for (const reason of reasons) {
    const response = await provider.complete({ ...request, messages: [{ role: 'user', content: reason }] }, { signal });
    expect(response.stopReason).toBe(reason);
  }
});

test('thinking goes back unchanged', async () => {
  const { provider } = await start({ scenario: { rules: [{ reply: { thinking: 'hm', text: 'done' } }] } });
  const { content } = await provider.complete(request, { signal });
  expect(content).toEqual([
    { type: 'thinking', thinking: 'hm', signature: 'sim' },
    { type: 'text', text: 'done' },
  ]);
  const messages: ModelRequest['messages'] = [
    ...request.messages,
    { role: 'assistant', content },
    { role: 'user', content: 'More.' },
  ];
  await expect(provider.complete({ ...request, messages }, { signal })).resolves.toMatchObject({
    stopReason: 'end_turn',
  });
});

test.each<[string, FaultPlanInput, object]>([
  [
    '429',
    [{ fault: { kind: 'rate_limit', retryAfterSeconds: 3 } }],
    { code: 'rate_limited', retryable: true, retryAfterMs: 3_000, status: 429 },
  ],
  [
    'a spend limit',
    [{ fault: { kind: 'rate_limit', spendLimit: true } }],
    { code: 'spend_limit', retryable: false, retryAfterMs: undefined },
  ],
  ['529', [{ fault: { kind: 'overloaded' } }], { code: 'overloaded', retryable: true, status: 529 }],
  ['500', [{ fault: { kind: 'error' } }], { code: 'server_error', retryable: true, status: 500 }],
  ['403', [{ fault: { kind: 'error', type: 'permission_error' } }], { code: 'permission', retryable: false }],
  ['413', [{ fault: { kind: 'error', type: 'request_too_large' } }], { code: 'too_large', retryable: false }],
  ['a connection reset', [{ fault: { kind: 'reset' } }], { code: 'connection', retryable: true }],
  ['no headers', [{ fault: { kind: 'hang' } }], { code: 'timeout', retryable: true }],
  ['late headers', [{ fault: { kind: 'latency', ms: 10 * HEADERS_MS } }], { code: 'timeout', retryable: true }],
  [
    'a stall in the stream',
    [{ fault: { kind: 'hang', afterEvents: 4 } }],
    { code: 'timeout', retryable: true, usage: expect.anything() },
  ],
  [
    'an overload in the stream',
    [{ fault: { kind: 'stream_error', afterEvents: 4 } }],
    { code: 'overloaded', retryable: true, usage: expect.anything() },
  ],
  [
    'a garbled event',
    [{ fault: { kind: 'malformed', afterEvents: 4 } }],
    { code: 'protocol', retryable: true, usage: expect.anything() },
  ],
])('%s is classified', async (_, faults, expected) => {
  const { sim, provider } = await start({ scenario: says, faults });
  const error = await failure(provider);
  expect(error).toMatchObject(expected);
  expect(error.cause, 'the original error is kept').toBeDefined();
  expect(sim.journal, 'nothing was retried').toHaveLength(1);
});

test('a wrong request and an unknown model are not retryable', async () => {
  const { provider } = await start();
  expect(await failure(provider, { ...request, maxTokens: -1 })).toMatchObject({
    code: 'invalid_request',
    retryable: false,
  });
  expect(await failure(provider, { ...request, model: 'gpt-9' })).toMatchObject({
    code: 'not_found',
    retryable: false,
  });
});

test('a server that is not there is a connection error', async () => {
  const { sim, provider } = await start();
  await sim.stop();
  expect(await failure(provider)).toMatchObject({ code: 'connection', retryable: true });
});

test('a stream cut after any number of events, abruptly or cleanly, is never a result', async () => {
  const { sim, provider } = await start({ scenario: says });
  await provider.complete(request, { signal });
  const events = sim.journal[0]?.events ?? 0;
  expect(events).toBeGreaterThan(6);
  for (let afterEvents = 0; afterEvents < events; afterEvents += 1) {
    for (const clean of [false, true]) {
      sim.setFaults([{ fault: { kind: 'cut', afterEvents, clean } }]);
      const error = await failure(provider);
      expect(error.code, `after ${afterEvents} events, clean: ${clean}`).toBe('stream_cut');
      expect(error.retryable).toBe(true);
      if (afterEvents > 0) expect(error.usage?.cacheReadTokens).toBeGreaterThan(0);
    }
  }
  sim.setFaults([]);
  await expect(provider.complete(request, { signal })).resolves.toMatchObject({ stopReason: 'end_turn' });
});

test('aborting in the middle of a stream ends the call at once, and the server sees the client leave', async () => {
  const { sim, provider } = await start({ scenario: says, faults: [{ fault: { kind: 'token_latency', ms: 20 } }] });
  const abort = new AbortController();
  const call = provider.complete(request, {
    signal: abort.signal,
    onEvent: (event) => event.type === 'text' && abort.abort(),
  });
  await expect(call).rejects.toMatchObject({ code: 'aborted', retryable: false, usage: expect.anything() });
  await expect.poll(() => sim.journal[0]?.abortedAt).toEqual(expect.any(String));
  expect(sim.journal[0]?.finishedAt).toBeUndefined();
});

test('aborting before the headers or before the call sends nothing more', async () => {
  const { sim, provider } = await start({ faults: [{ fault: { kind: 'hang' } }] });
  expect(await failure(provider, request, AbortSignal.abort())).toMatchObject({ code: 'aborted' });
  expect(sim.journal).toHaveLength(0);
  const abort = new AbortController();
  const call = failure(provider, request, abort.signal);
  await expect.poll(() => sim.journal.length).toBe(1);
  abort.abort();
  expect(await call).toMatchObject({ code: 'aborted' });
  await expect.poll(() => sim.journal[0]?.abortedAt).toEqual(expect.any(String));
});

test('a slow stream that keeps moving is not idle', async () => {
  const { provider } = await start({ scenario: says, faults: [{ fault: { kind: 'token_latency', ms: IDLE_MS / 3 } }] });
  const response = await provider.complete(request, { signal });
  expect(response.latencyMs).toBeGreaterThan(IDLE_MS);
});

test('what a listener throws ends the call and reaches the caller as it is', async () => {
  const { provider } = await start({ scenario: says });
  const mine = new Error('mine');
  const throws = (): never => {
    throw mine;
  };
  await expect(provider.complete(request, { signal, onEvent: throws })).rejects.toBe(mine);
});

test('no trace context is sent, although the process is traced', async () => {
  const tracing = new TracerProvider();
  trace.setGlobalTracerProvider(tracing);
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  stack.defer(async () => {
    trace.disable();
    propagation.disable();
    await tracing.shutdown();
  });
  const { sim, provider } = await start({ scenario: says });
  const headers: string[] = [];
  const original = globalThis.fetch;
  stack.defer(() => {
    globalThis.fetch = original;
  });
  globalThis.fetch = (input, init) => {
    headers.push(...new Headers(init?.headers).keys());
    return original(input, init);
  };
  await provider.complete(request, { signal });
  expect(headers).toContain('anthropic-version');
  expect(headers).not.toContain('traceparent');

  const leaky = new Anthropic({ apiKey: 'any', baseURL: sim.url, maxRetries: 0 });
  await leaky.messages.create({ model: request.model, max_tokens: 9, messages: [{ role: 'user', content: 'x' }] });
  expect(headers, 'the check can see a trace context').toContain('traceparent');
});

test('no prompt has more tokens than its upper bound', async () => {
  const { provider } = await start({ scenario: says });
  const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 200 });
  const prompt = fc.record({
    system: text,
    texts: fc.array(text, { minLength: 1, maxLength: 3 }),
    tools: fc.uniqueArray(fc.stringMatching(/^[a-z]{1,8}$/), { maxLength: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(prompt, async ({ system, texts, tools }) => {
      const asking: ModelRequest = {
        ...request,
        system,
        messages: texts.map((content) => ({ role: 'user', content })),
        tools: tools.map((name) => ({ name, inputSchema: { type: 'object' } })),
      };
      const { usage } = await provider.complete(asking, { signal });
      const used = usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;
      expect(used).toBeLessThanOrEqual(provider.countUpperBound(asking));
    }),
    { numRuns: 40 },
  );
});
