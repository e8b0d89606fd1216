import type { ModelRequest } from './request.ts';

/** Allowance for what a provider adds itself: roles, tool preamble, instructions for structured output. */
const FIXED_TOKENS = 1_024;
const TOKENS_PER_TOOL = 64;
const TOKENS_PER_MESSAGE = 16;

/**
 * Prompt tokens a request cannot exceed: the UTF-8 bytes of its JSON, since every token of a byte-level tokenizer covers at
 * least one byte, plus an allowance. About four times the real count of English text. Does not hold for images and
 * documents, whose tokens are unrelated to their bytes; the port carries none.
 */
export function countPromptUpperBound(request: ModelRequest): number {
  const { system, messages, tools, toolChoice, outputSchema } = request;
  const bytes = Buffer.byteLength(JSON.stringify({ system, messages, tools, toolChoice, outputSchema }));
  return bytes + FIXED_TOKENS + TOKENS_PER_TOOL * (tools?.length ?? 0) + TOKENS_PER_MESSAGE * messages.length;
}
