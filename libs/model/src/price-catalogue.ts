import type { ModelPrice, PriceTable } from './prices.ts';

const USD = 1_000_000;

/** Cache writes cost 1.25 and 2 times the input price on every model listed here. */
function price(inputUsd: number, outputUsd: number, cacheReadUsd: number): ModelPrice {
  const input = Math.round(inputUsd * USD);
  return {
    input,
    output: Math.round(outputUsd * USD),
    cacheWrite5m: Math.ceil(input * 1.25),
    cacheWrite1h: input * 2,
    cacheRead: Math.round(cacheReadUsd * USD),
  };
}

const fable = price(10, 50, 1);
const fable51 = price(10, 50, 0.25);
const opus = price(5, 25, 0.5);
const sonnet4 = price(3, 15, 0.3);
const haiku45 = price(1, 5, 0.1);

/** Defaults to check against the provider's price list before money depends on them; `loadPrices` replaces any of them. */
export const DEFAULT_PRICES: PriceTable = {
  'claude-fable-5-2': fable,
  'claude-mythos-5-2': fable,
  'claude-fable-5-1': fable51,
  'claude-mythos-5-1': fable51,
  'claude-fable-5': fable,
  'claude-mythos-5': fable,
  'claude-mythos-preview': price(25, 125, 2.5),
  'claude-opus-5-5': price(4, 20, 0.2),
  'claude-opus-5': opus,
  'claude-opus-4-8': opus,
  'claude-opus-4-7': opus,
  'claude-opus-4-6': opus,
  'claude-opus-4-5': opus,
  'claude-opus-4-5-20251101': opus,
  'claude-sonnet-5-5': price(2, 10, 0.1),
  'claude-sonnet-5': price(2, 10, 0.2),
  'claude-sonnet-4-6': sonnet4,
  'claude-sonnet-4-5': sonnet4,
  'claude-sonnet-4-5-20250929': sonnet4,
  'claude-haiku-5-5': { ...price(0.1, 0.5, 0.01), longPrompt: { aboveTokens: 100_000, ...price(0.5, 2.5, 0.05) } },
  'claude-haiku-4-5': haiku45,
  'claude-haiku-4-5-20251001': haiku45,
  'sim-extractive-1': haiku45,
};
