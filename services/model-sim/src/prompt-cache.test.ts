import { expect, test } from 'vitest';
import { PromptCache } from './prompt-cache.ts';
import type { Prompt } from './request.ts';
import { promptTokens, segmentsOf } from './tokens.ts';

const LONG = 'All agents speak the same protocol. '.repeat(20);
const mark = { type: 'ephemeral' as const };

function prompt(texts: string[], rest: Partial<Prompt> = {}): Prompt {
  const messages = texts.map((content, index) => ({
    role: index % 2 === 0 ? ('user' as const) : ('assistant' as const),
    content,
  }));
  return { model: 'm', messages, system: LONG, ...rest };
}

const sum = (usage: object): number => Object.values(usage).reduce<number>((total, n: number) => total + n, 0);

test('without a breakpoint nothing touches the cache', () => {
  const cache = new PromptCache();
  const segments = segmentsOf(prompt(['Hi']));
  for (let i = 0; i < 2; i += 1) {
    expect(cache.account('m', segments)).toEqual({
      input: promptTokens(segments),
      cacheRead: 0,
      cacheWrite5m: 0,
      cacheWrite1h: 0,
    });
  }
});

test('the first request writes its marked prefix and the same one again reads it', () => {
  const cache = new PromptCache();
  const segments = segmentsOf(prompt(['Hi'], { cache_control: mark }));
  const total = promptTokens(segments);
  expect(cache.account('m', segments)).toEqual({ input: 0, cacheRead: 0, cacheWrite5m: total, cacheWrite1h: 0 });
  expect(cache.account('m', segments)).toEqual({ input: 0, cacheRead: total, cacheWrite5m: 0, cacheWrite1h: 0 });
});

test('a conversation that grows reads what it said before and writes only what is new', () => {
  const cache = new PromptCache();
  const first = segmentsOf(prompt(['Hi'], { cache_control: mark }));
  const second = segmentsOf(prompt(['Hi', 'Hello', 'And now?'], { cache_control: mark }));
  cache.account('m', first);
  const usage = cache.account('m', second);
  expect(usage.cacheRead).toBe(promptTokens(first));
  expect(usage.cacheWrite5m).toBe(promptTokens(second) - promptTokens(first));
  expect(sum(usage)).toBe(promptTokens(second));
});

test('another model, another system prompt or other tools share nothing', () => {
  const cache = new PromptCache();
  const base = prompt(['Hi'], { cache_control: mark });
  cache.account('m', segmentsOf(base));
  expect(cache.account('n', segmentsOf(base)).cacheRead).toBe(0);
  expect(cache.account('m', segmentsOf({ ...base, system: `${LONG}!` })).cacheRead).toBe(0);
  const tools = [{ name: 't', input_schema: { type: 'object' as const } }];
  expect(cache.account('m', segmentsOf({ ...base, tools })).cacheRead).toBe(0);
});

test('tokens after the last breakpoint are plain input, and lifetimes are counted apart', () => {
  const cache = new PromptCache();
  const segments = segmentsOf({
    model: 'm',
    system: [{ type: 'text', text: LONG, cache_control: { type: 'ephemeral', ttl: '1h' } }],
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'a', cache_control: mark },
          { type: 'text', text: 'tail' },
        ],
      },
    ],
  });
  const usage = cache.account('m', segments);
  expect(usage).toMatchObject({ cacheRead: 0, input: segments[2]?.tokens, cacheWrite5m: segments[1]?.tokens });
  expect(usage.cacheWrite1h).toBeGreaterThan(100);
  expect(sum(usage)).toBe(promptTokens(segments));
});

test('an entry is forgotten after its lifetime, and a read renews it', () => {
  let now = 0;
  const cache = new PromptCache(() => now);
  const segments = segmentsOf(prompt(['Hi'], { cache_control: mark }));
  cache.account('m', segments);
  now += 4 * 60_000;
  expect(cache.account('m', segments).cacheRead).toBeGreaterThan(0);
  now += 4 * 60_000;
  expect(cache.account('m', segments).cacheRead).toBeGreaterThan(0);
  now += 5 * 60_000;
  expect(cache.account('m', segments).cacheRead).toBe(0);
});
