import { AsyncLocalStorage } from 'node:async_hooks';
import Anthropic from '@anthropic-ai/sdk';
import { ModelError } from '../errors.ts';
import type { CompleteOptions, ModelProvider } from '../provider.ts';
import type { ModelRequest } from '../request.ts';
import { type ModelResponse, textOf } from '../response.ts';
import { countPromptUpperBound } from '../upper-bound.ts';
import { classifyError } from './classify-error.ts';
import { IdleTimer } from './idle-timer.ts';
import { type FoldedMessage, StreamFold } from './stream-fold.ts';
import { toWire } from './to-wire.ts';

export interface AnthropicProviderOptions {
  apiKey: string;
  /** Default `https://api.anthropic.com`. The environment is not read. */
  baseURL?: string;
  /** The longest pause between two events of a stream, pings included. Default 60 s. */
  idleTimeoutMs?: number;
  /** The longest wait for response headers. Default 60 s. */
  headersTimeoutMs?: number;
}

/**
 * The Messages API behind the port. Always streams, so that a long answer is not a silent connection; never retries; sends
 * no trace context to the API. Prompt caching is on unless a request says otherwise.
 */
export function createAnthropicProvider(options: AnthropicProviderOptions): ModelProvider {
  const { apiKey, baseURL = 'https://api.anthropic.com', idleTimeoutMs = 60_000, headersTimeoutMs = 60_000 } = options;
  const calls = new AsyncLocalStorage<IdleTimer>();
  const client = new Anthropic({
    apiKey,
    baseURL,
    timeout: headersTimeoutMs,
    maxRetries: 0,
    // A caller has its own span for a call: a second one with the same usage would be counted twice. The provider learns of no trace.
    openTelemetry: { traces: false, propagation: false },
    logLevel: 'off',
    fetch: async (url, init) => touchOnBytes(await fetch(url, init), calls.getStore()),
  });
  return {
    name: 'anthropic',
    countUpperBound: countPromptUpperBound,
    async complete(request, call) {
      using idle = new IdleTimer(idleTimeoutMs);
      return await calls.run(idle, () => complete(client, idle, request, call));
    },
  };
}

async function complete(
  client: Anthropic,
  idle: IdleTimer,
  request: ModelRequest,
  { signal, onEvent }: CompleteOptions,
): Promise<ModelResponse> {
  if (signal.aborted)
    throw new ModelError('aborted', 'the call was aborted before it was sent', { cause: signal.reason, unsent: true });
  const startedAt = performance.now();
  const fold = new StreamFold();
  let streaming = false;
  let listenerFailed = false;
  try {
    const stream = await client.messages.create(toWire(request), { signal: AbortSignal.any([signal, idle.signal]) });
    streaming = true;
    for await (const event of stream) {
      for (const progress of fold.add(event)) {
        try {
          onEvent?.(progress);
        } catch (error) {
          listenerFailed = true;
          throw error;
        }
      }
    }
    const folded = fold.finish();
    return { ...folded, ...parsedOf(request, folded), latencyMs: Math.round(performance.now() - startedAt) };
  } catch (error) {
    if (listenerFailed) throw error;
    throw classifyError(error, {
      aborted: signal.aborted,
      idle: idle.signal.aborted,
      streaming,
      usage: fold.partialUsage,
      nowMs: Date.now(),
    });
  }
}

function parsedOf(request: ModelRequest, message: FoldedMessage): { parsed?: unknown } {
  const ended = message.stopReason === 'end_turn' || message.stopReason === 'stop_sequence';
  if (request.outputSchema === undefined || !ended) return {};
  try {
    return { parsed: JSON.parse(textOf(message)) as unknown };
  } catch {
    return {};
  }
}

/** The SDK hides pings, so the bytes themselves tell that a stream is alive. */
function touchOnBytes(response: Response, idle: IdleTimer | undefined): Response {
  if (idle === undefined || response.body === null) return response;
  idle.touch();
  const watched = response.body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        idle.touch();
        controller.enqueue(chunk);
      },
    }),
  );
  return new Response(watched, response);
}
