import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { ModelError } from './errors.ts';
import { DEFAULT_PRICES } from './price-catalogue.ts';
import type { Usage } from './response.ts';

/** Integer micro-USD per million tokens: 3 USD per million is 3_000_000. */
export interface TokenPrices {
  input: number;
  output: number;
  cacheWrite5m: number;
  cacheWrite1h: number;
  cacheRead: number;
}

/** Prices of one model; `longPrompt` replaces them for the whole call when the prompt has more tokens than that. */
export interface ModelPrice extends TokenPrices {
  longPrompt?: (TokenPrices & { aboveTokens: number }) | undefined;
}

export type PriceTable = Readonly<Record<string, ModelPrice>>;

const PER_MILLION = 1_000_000n;
const rate = z.int().nonnegative();
const rates = { input: rate, output: rate, cacheWrite5m: rate, cacheWrite1h: rate, cacheRead: rate };
const PriceFile = z.record(
  z.string().min(1),
  z.strictObject({ ...rates, longPrompt: z.strictObject({ ...rates, aboveTokens: rate }).optional() }),
);

/** The price of a model id; a dated id falls back to its undated one. Throws `ModelError` (`unpriced_model`). */
export function priceOf(model: string, prices: PriceTable = DEFAULT_PRICES): ModelPrice {
  for (const id of [model, model.replace(/-\d{8}$/, '')]) {
    if (Object.hasOwn(prices, id) && prices[id] !== undefined) return prices[id];
  }
  throw new ModelError('unpriced_model', `no price for model "${model}": add it to the price file`);
}

/** What a call costs in micro-USD, rounded up. Throws `ModelError` (`unpriced_model`); `RangeError` for a count that is none. */
export function costMicroUsd(model: string, usage: Usage, prices: PriceTable = DEFAULT_PRICES): number {
  const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, cacheWrite1hTokens = 0 } = usage;
  const written5m = cacheWriteTokens - cacheWrite1hTokens;
  const p = band(priceOf(model, prices), inputTokens + cacheReadTokens + cacheWriteTokens);
  return roundUp([
    [inputTokens, p.input],
    [outputTokens, p.output],
    [cacheReadTokens, p.cacheRead],
    [written5m, p.cacheWrite5m],
    [cacheWrite1hTokens, p.cacheWrite1h],
  ]);
}

/** The most a call can cost in micro-USD when the prompt is at most `promptTokens`, all of it written to the 5-minute cache. */
export function maxCostMicroUsd(
  model: string,
  { promptTokens, maxTokens }: { promptTokens: number; maxTokens: number },
  prices: PriceTable = DEFAULT_PRICES,
): number {
  const listed = priceOf(model, prices);
  const costs = [listed, band(listed, promptTokens)].map((p) =>
    roundUp([
      [promptTokens, Math.max(p.input, p.cacheWrite5m, p.cacheRead)],
      [maxTokens, p.output],
    ]),
  );
  return Math.max(...costs);
}

/**
 * The default table with the models of a JSON file added or replaced: `{ "model-id": { input, output, cacheWrite5m,
 * cacheWrite1h, cacheRead, longPrompt? } }`, integers in micro-USD per million tokens. Throws `ModelError` (`prices_invalid`).
 */
export async function loadPrices(path: string): Promise<PriceTable> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new ModelError('prices_invalid', `cannot read the price file ${path}: ${(cause as Error).message}`, {
      cause,
    });
  }
  try {
    return { ...DEFAULT_PRICES, ...PriceFile.parse(JSON.parse(text)) };
  } catch (cause) {
    const why = cause instanceof z.ZodError ? z.prettifyError(cause) : (cause as Error).message;
    throw new ModelError('prices_invalid', `price file ${path} is not valid: ${why}`, { cause });
  }
}

function band(price: ModelPrice, promptTokens: number): TokenPrices {
  return price.longPrompt !== undefined && promptTokens > price.longPrompt.aboveTokens ? price.longPrompt : price;
}

function roundUp(parts: readonly (readonly [tokens: number, rate: number])[]): number {
  let sum = 0n;
  for (const [tokens, perMillion] of parts) {
    if (!Number.isSafeInteger(tokens) || tokens < 0) throw new RangeError(`not a token count: ${tokens}`);
    sum += BigInt(tokens) * BigInt(perMillion);
  }
  const cost = Number((sum + PER_MILLION - 1n) / PER_MILLION);
  if (!Number.isSafeInteger(cost)) throw new RangeError('the cost exceeds the safe integers');
  return cost;
}
