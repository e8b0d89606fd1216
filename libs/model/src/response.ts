import type { AssistantBlock } from './blocks.ts';

/** Tokens of one call. The prompt is the sum of `inputTokens`, `cacheReadTokens` and `cacheWriteTokens`. */
export interface Usage {
  /** Prompt tokens that touched no cache. */
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  /** All tokens written to the cache, whatever their lifetime. */
  cacheWriteTokens: number;
  /** The part of `cacheWriteTokens` kept for an hour; absent means none. */
  cacheWrite1hTokens?: number;
}

export type StopReason =
  | 'end_turn'
  | 'max_tokens'
  | 'stop_sequence'
  | 'tool_use'
  | 'pause_turn'
  | 'refusal'
  | 'model_context_window_exceeded';

/** A complete answer as plain JSON. A stream that ended early is never one. */
export interface ModelResponse {
  id: string;
  model: string;
  content: AssistantBlock[];
  stopReason: StopReason;
  /** The policy category of a refusal, where the provider names one. */
  refusalCategory?: string;
  usage: Usage;
  /** The final text parsed as JSON, when `outputSchema` was given, the model ended its turn and the text is JSON. */
  parsed?: unknown;
  /** From the request being sent to the last event, wall clock. */
  latencyMs: number;
}

/** The text of an answer, its text blocks joined. */
export function textOf(response: Pick<ModelResponse, 'content'>): string {
  return response.content.map((block) => (block.type === 'text' ? block.text : '')).join('');
}
