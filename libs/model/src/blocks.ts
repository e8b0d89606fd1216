/** Anything `JSON.parse` can return. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A JSON Schema or any other plain JSON object. */
export type JsonObject = { [key: string]: Json };

export interface TextBlock {
  type: 'text';
  text: string;
}

export interface ThinkingBlock {
  type: 'thinking';
  thinking: string;
  /** Opaque; must go back unchanged when the turn is continued. */
  signature: string;
}

export interface RedactedThinkingBlock {
  type: 'redacted_thinking';
  data: string;
}

export interface ToolUseBlock {
  type: 'tool_use';
  id: string;
  name: string;
  input: Json;
}

export interface ToolResultBlock {
  type: 'tool_result';
  toolUseId: string;
  content: string;
  isError?: boolean;
}

/** A block of a kind this port does not interpret; it goes back to the provider unchanged. */
export interface OpaqueBlock {
  type: 'opaque';
  block: JsonObject;
}

/** What a model may answer with. */
export type AssistantBlock = TextBlock | ThinkingBlock | RedactedThinkingBlock | ToolUseBlock | OpaqueBlock;

/** What may stand in a user message. */
export type UserBlock = TextBlock | ToolResultBlock | OpaqueBlock;
