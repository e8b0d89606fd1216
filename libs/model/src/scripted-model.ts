import { ModelError } from './errors.ts';
import type { CompleteOptions, ModelProvider } from './provider.ts';
import type { ModelRequest } from './request.ts';
import type { ModelResponse } from './response.ts';
import { countPromptUpperBound } from './upper-bound.ts';

/** One expected call and its answer; parts of the response that are left out get plain defaults. */
export interface ScriptedReply {
  /** Throws or returns false when the request is not the expected one. */
  expect?: (request: ModelRequest) => boolean | void;
  reply: Partial<ModelResponse> | ModelError | ((request: ModelRequest, signal: AbortSignal) => Promise<ModelResponse>);
}

/** A provider for tests: answers its replies in order, fails on a call too many and, on disposal, on a reply never used. */
export class ScriptedModel implements ModelProvider, Disposable {
  readonly name = 'scripted';
  /** Every request received, oldest first, as it was at that time. */
  readonly calls: ModelRequest[] = [];
  readonly #replies: ScriptedReply[];

  constructor(replies: readonly ScriptedReply[]) {
    this.#replies = [...replies];
  }

  countUpperBound(request: ModelRequest): number {
    return countPromptUpperBound(request);
  }

  async complete(request: ModelRequest, { signal, onEvent }: CompleteOptions): Promise<ModelResponse> {
    if (signal.aborted) throw new ModelError('aborted', 'the call was aborted', { cause: signal.reason, unsent: true });
    this.calls.push(structuredClone(request));
    const next = this.#replies.shift();
    if (next === undefined) throw new ModelError('unexpected_call', `call ${this.calls.length} has no scripted reply`);
    if (next.expect?.(request) === false) {
      throw new ModelError('unexpected_call', `call ${this.calls.length} is not the expected one`);
    }
    const { reply } = next;
    if (reply instanceof ModelError) throw reply;
    if (typeof reply === 'function') return await reply(request, signal);
    const response = complete(reply, request, this.calls.length);
    onEvent?.({ type: 'started', id: response.id, model: response.model });
    for (const block of response.content) if (block.type === 'text') onEvent?.({ type: 'text', text: block.text });
    return response;
  }

  /** Throws `ModelError` (`unused_replies`) when a scripted reply was never asked for. */
  assertExhausted(): void {
    const left = this.#replies.length;
    if (left > 0) throw new ModelError('unused_replies', `${left} scripted replies were never asked for`);
  }

  [Symbol.dispose](): void {
    this.assertExhausted();
  }
}

function complete(reply: Partial<ModelResponse>, request: ModelRequest, n: number): ModelResponse {
  const content = reply.content ?? (reply.parsed === undefined ? [] : [textBlock(JSON.stringify(reply.parsed))]);
  const wantsTool = content.some((block) => block.type === 'tool_use');
  return {
    id: `msg_scripted_${n}`,
    model: request.model,
    stopReason: wantsTool ? 'tool_use' : 'end_turn',
    usage: { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 },
    latencyMs: 0,
    ...reply,
    content,
  };
}

const textBlock = (text: string) => ({ type: 'text' as const, text });
