import type { ModelProvider, PriceTable } from '@parley/model';
import type { AgentConfig } from './read-config.ts';

/** Makes the provider at the first model call, so that the SDK is loaded then; undefined when no key and no URL is configured. */
export function providerOf({
  apiKey,
  baseUrl,
}: Pick<AgentConfig, 'apiKey' | 'baseUrl'>): (() => Promise<ModelProvider>) | undefined {
  if (apiKey === undefined && baseUrl === undefined) return undefined;
  return async () => {
    const { createAnthropicProvider } = await import('@parley/model');
    return createAnthropicProvider({
      apiKey: apiKey?.reveal() ?? 'none',
      ...(baseUrl === undefined ? {} : { baseURL: baseUrl }),
    });
  };
}

/** The prices of a file, undefined for those of the model package. */
export async function pricesOf({ pricesFile }: Pick<AgentConfig, 'pricesFile'>): Promise<PriceTable | undefined> {
  if (pricesFile === undefined) return undefined;
  const { loadPrices } = await import('@parley/model');
  return loadPrices(pricesFile);
}
