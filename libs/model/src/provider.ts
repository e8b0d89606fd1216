import type { ModelRequest } from './request.ts';
import type { ModelResponse, Usage } from './response.ts';

/** Progress of a call. Informative only: nothing seen here counts until `complete` resolves. */
export type ModelStreamEvent =
  | { type: 'started'; id: string; model: string }
  | { type: 'text'; text: string }
  | { type: 'thinking'; text: string }
  | { type: 'tool_use'; id: string; name: string }
  | { type: 'tool_input'; id: string; partialJson: string }
  | { type: 'usage'; usage: Usage };

export interface CompleteOptions {
  signal: AbortSignal;
  onEvent?: (event: ModelStreamEvent) => void;
}

/** The port to a language model. One `complete` is one attempt: it never retries. */
export interface ModelProvider {
  readonly name: string;
  /** Rejects with `ModelError` only, or with what `onEvent` threw. */
  complete(request: ModelRequest, options: CompleteOptions): Promise<ModelResponse>;
  /** A number of prompt tokens the call cannot exceed. Local and cheap: it is asked before every call. */
  countUpperBound(request: ModelRequest): number;
}
