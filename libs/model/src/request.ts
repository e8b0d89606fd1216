import type { AssistantBlock, JsonObject, UserBlock } from './blocks.ts';

export type Message =
  | { role: 'user'; content: string | UserBlock[] }
  | { role: 'assistant'; content: string | AssistantBlock[] };

export interface ToolDeclaration {
  name: string;
  description?: string;
  /** JSON Schema of type `object`. */
  inputSchema: JsonObject;
  /** The provider guarantees inputs that fit the schema. */
  strict?: boolean;
}

export type ToolChoice = { type: 'auto' | 'any' | 'none' } | { type: 'tool'; name: string };

/** Who pays for the call and why; reaches the provider only as one opaque identifier. */
export interface RequestMetadata {
  runId: string;
  taskId: string;
  agent: string;
}

/** One model call as plain JSON, so that it can be journaled, hashed and repeated. */
export interface ModelRequest {
  model: string;
  system?: string;
  messages: Message[];
  tools?: ToolDeclaration[];
  toolChoice?: ToolChoice;
  /** Default true: the model may ask for several tools in one turn. */
  parallelTools?: boolean;
  /** JSON Schema the final text must fit; the result is in `ModelResponse.parsed`. */
  outputSchema?: JsonObject;
  maxTokens: number;
  effort?: 'low' | 'medium' | 'high' | 'xhigh' | 'max';
  stopSequences?: string[];
  /** Default true: mark the prompt for the provider's cache (5 minutes). */
  cache?: boolean;
  metadata?: RequestMetadata;
}
