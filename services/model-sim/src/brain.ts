import type { MessagesRequest } from './request.ts';

export type ReplyBlock =
  | { type: 'text'; text: string }
  | { type: 'thinking'; thinking: string; signature: string }
  | { type: 'tool_use'; name: string; input: unknown };

export type StopReason =
  | 'end_turn'
  | 'max_tokens'
  | 'stop_sequence'
  | 'tool_use'
  | 'pause_turn'
  | 'refusal'
  | 'model_context_window_exceeded';

/** What a brain answers; the server adds ids, token counts and limits. */
export interface BrainReply {
  content: ReplyBlock[];
  /** Default `tool_use` when a tool is used, else `end_turn`. */
  stopReason?: StopReason | undefined;
  /** Replaces the counted output tokens. */
  outputTokens?: number | undefined;
  /** Replaces the counted prompt tokens, which then touch no cache. */
  inputTokens?: number | undefined;
}

/** Answers requests; throws `ApiError` to refuse one. */
export type Brain = (request: MessagesRequest) => BrainReply;
