import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEFAULT_PRICES } from './price-catalogue.ts';
import { costMicroUsd, loadPrices, maxCostMicroUsd } from './prices.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'parley-prices-'));
});
afterAll(() => rm(dir, { recursive: true }));

const usage = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 };

test('a call costs the sum of its four kinds of tokens', () => {
  const cost = costMicroUsd('claude-sonnet-4-6', {
    inputTokens: 1_000,
    outputTokens: 100,
    cacheReadTokens: 10_000,
    cacheWriteTokens: 2_000,
    cacheWrite1hTokens: 500,
  });
  expect(cost).toBe(3_000 + 1_500 + 3_000 + 1_500 * 3.75 + 500 * 6);
});

test('a fraction of a micro-dollar is rounded up', () => {
  expect(costMicroUsd('claude-haiku-5-5', { ...usage, inputTokens: 1 })).toBe(1);
  expect(costMicroUsd('claude-haiku-5-5', usage)).toBe(0);
});

test('the arithmetic stays exact where a double would not', () => {
  const prices = { huge: { input: 999_999_999_999, output: 0, cacheWrite5m: 0, cacheWrite1h: 0, cacheRead: 0 } };
  expect(costMicroUsd('huge', { ...usage, inputTokens: 9_000_000_001 }, prices)).toBe(9_000_000_000_991_000);
});

test('a prompt over the threshold is charged the long-prompt prices as a whole', () => {
  expect(costMicroUsd('claude-haiku-5-5', { ...usage, inputTokens: 100_000 })).toBe(10_000);
  expect(costMicroUsd('claude-haiku-5-5', { ...usage, inputTokens: 100_001 })).toBe(50_001);
  expect(costMicroUsd('claude-haiku-5-5', { ...usage, inputTokens: 1, cacheReadTokens: 100_000 })).toBe(5_001);
});

test('a dated model id has the price of its undated one', () => {
  const tokens = { ...usage, outputTokens: 10 };
  expect(costMicroUsd('claude-opus-5-5-20261001', tokens)).toBe(costMicroUsd('claude-opus-5-5', tokens));
});

test('an unknown model is refused, also when its id is a property every object has', () => {
  for (const model of ['gpt-9', 'constructor', '__proto__', '']) {
    expect(() => costMicroUsd(model, usage)).toThrow(
      expect.objectContaining({ code: 'unpriced_model', retryable: false }),
    );
  }
});

test('a token count that is none is refused', () => {
  for (const inputTokens of [-1, 0.5, Number.NaN]) {
    expect(() => costMicroUsd('sim-extractive-1', { ...usage, inputTokens })).toThrow(RangeError);
  }
});

test('no call within its bounds costs more than its reservation', () => {
  const tokens = fc.nat({ max: 300_000 });
  const models = fc.constantFrom(...Object.keys(DEFAULT_PRICES));
  fc.assert(
    fc.property(models, tokens, tokens, tokens, tokens, (model, input, read, written, output) => {
      const spent = { inputTokens: input, cacheReadTokens: read, cacheWriteTokens: written, outputTokens: output };
      const bound = maxCostMicroUsd(model, { promptTokens: input + read + written, maxTokens: output });
      expect(costMicroUsd(model, spent)).toBeLessThanOrEqual(bound);
    }),
  );
});

test('a price file adds and replaces models and leaves the others', async () => {
  const path = join(dir, 'prices.json');
  const mine = { input: 1, output: 2, cacheWrite5m: 3, cacheWrite1h: 4, cacheRead: 5 };
  await writeFile(path, JSON.stringify({ mine, 'claude-opus-5': mine }));
  const prices = await loadPrices(path);
  expect(prices['mine']).toEqual(mine);
  expect(prices['claude-opus-5']).toEqual(mine);
  expect(prices['claude-opus-4-8']).toEqual(DEFAULT_PRICES['claude-opus-4-8']);
});

test('a price file that is missing, not JSON or wrong is refused with its path', async () => {
  const path = join(dir, 'bad.json');
  const refused = { code: 'prices_invalid', message: expect.stringContaining(dir) };
  await expect(loadPrices(join(dir, 'absent.json'))).rejects.toMatchObject(refused);
  for (const text of ['{', '[]', '{"m":{"input":0.5}}', '{"m":{"input":1,"output":2}}']) {
    await writeFile(path, text);
    await expect(loadPrices(path)).rejects.toMatchObject(refused);
  }
});
