import { createHash } from 'node:crypto';
import type { BrainReply, ReplyBlock, StopReason } from './brain.ts';
import type { PromptUsage } from './prompt-cache.ts';
import type { MessagesRequest } from './request.ts';
import { countTokens } from './tokens.ts';

export type WireBlock =
  | { type: 'text'; text: string; citations: null }
  | { type: 'thinking'; thinking: string; signature: string }
  | { type: 'tool_use'; id: string; name: string; input: unknown; caller: { type: 'direct' } };

export interface WireUsage {
  input_tokens: number;
  cache_creation_input_tokens: number;
  cache_read_input_tokens: number;
  cache_creation: { ephemeral_5m_input_tokens: number; ephemeral_1h_input_tokens: number };
  output_tokens: number;
  output_tokens_details: null;
  server_tool_use: null;
  service_tier: 'standard';
  inference_geo: null;
  speed: null;
}

/** A whole answer in the API's shape. */
export interface WireMessage {
  id: string;
  type: 'message';
  role: 'assistant';
  model: string;
  container: null;
  diagnostics: null;
  content: WireBlock[];
  stop_reason: StopReason;
  stop_sequence: string | null;
  stop_details: { type: 'refusal'; category: null; explanation: null } | null;
  usage: WireUsage;
}

/** `seed` makes the ids: the same request as the same call number has the same ids. */
export function buildMessage(
  request: MessagesRequest,
  reply: BrainReply,
  prompt: PromptUsage,
  seed: string,
): WireMessage {
  const cut = cutAtStop(reply, request.stop_sequences ?? []);
  const limited = cutAtLimit(cut.content, request.max_tokens);
  const usesTool = limited.content.some((block) => block.type === 'tool_use');
  const stopReason: StopReason = limited.cut
    ? 'max_tokens'
    : ((cut.sequence === null ? reply.stopReason : 'stop_sequence') ?? (usesTool ? 'tool_use' : 'end_turn'));
  return {
    id: `msg_sim_${digest(seed, 'message')}`,
    type: 'message',
    role: 'assistant',
    model: request.model,
    container: null,
    diagnostics: null,
    content: limited.content.map((block, index) => toWire(block, `${seed}/${index}`)),
    stop_reason: stopReason,
    stop_sequence: stopReason === 'stop_sequence' ? cut.sequence : null,
    stop_details: stopReason === 'refusal' ? { type: 'refusal', category: null, explanation: null } : null,
    usage: usageOf(prompt, reply, limited.tokens),
  };
}

function toWire(block: ReplyBlock, seed: string): WireBlock {
  switch (block.type) {
    case 'text':
      return { ...block, citations: null };
    case 'thinking':
      return block;
    case 'tool_use':
      return {
        type: 'tool_use',
        id: `toolu_sim_${digest(seed, block.name)}`,
        name: block.name,
        input: block.input,
        caller: { type: 'direct' },
      };
  }
}

function cutAtStop(
  reply: BrainReply,
  sequences: readonly string[],
): { content: ReplyBlock[]; sequence: string | null } {
  for (const [index, block] of reply.content.entries()) {
    if (block.type !== 'text') continue;
    const hits = sequences
      .map((sequence) => ({ sequence, at: block.text.indexOf(sequence) }))
      .filter(({ at }) => at >= 0);
    const first = hits.toSorted((a, b) => a.at - b.at)[0];
    if (first === undefined) continue;
    const kept = { ...block, text: block.text.slice(0, first.at) };
    return {
      content: [...reply.content.slice(0, index), ...(kept.text === '' ? [] : [kept])],
      sequence: first.sequence,
    };
  }
  return { content: reply.content, sequence: null };
}

/** Text is cut inside a block; a tool use that does not fit whole is left out, as half of one is of no use. */
function cutAtLimit(
  content: readonly ReplyBlock[],
  maxTokens: number,
): { content: ReplyBlock[]; tokens: number; cut: boolean } {
  const kept: ReplyBlock[] = [];
  let tokens = 0;
  for (const block of content) {
    const needed = blockTokens(block);
    if (tokens + needed <= maxTokens) {
      kept.push(block);
      tokens += needed;
      continue;
    }
    if (block.type === 'text' && maxTokens > tokens) {
      kept.push({ ...block, text: prefixOfTokens(block.text, maxTokens - tokens) });
    }
    return { content: kept, tokens: maxTokens, cut: true };
  }
  return { content: kept, tokens, cut: maxTokens === 0 };
}

function prefixOfTokens(text: string, tokens: number): string {
  let end = Math.min(text.length, tokens * 4);
  while (end > 0 && countTokens(text.slice(0, end)) > tokens) end -= 1;
  return text.slice(0, end).toWellFormed();
}

function blockTokens(block: ReplyBlock): number {
  switch (block.type) {
    case 'text':
      return countTokens(block.text);
    case 'thinking':
      return countTokens(block.thinking);
    case 'tool_use':
      return countTokens(block.name + JSON.stringify(block.input));
  }
}

function usageOf(prompt: PromptUsage, reply: BrainReply, outputTokens: number): WireUsage {
  const replaced = reply.inputTokens !== undefined;
  const write5m = replaced ? 0 : prompt.cacheWrite5m;
  const write1h = replaced ? 0 : prompt.cacheWrite1h;
  return {
    input_tokens: reply.inputTokens ?? prompt.input,
    cache_creation_input_tokens: write5m + write1h,
    cache_read_input_tokens: replaced ? 0 : prompt.cacheRead,
    cache_creation: { ephemeral_5m_input_tokens: write5m, ephemeral_1h_input_tokens: write1h },
    output_tokens: reply.outputTokens ?? outputTokens,
    output_tokens_details: null,
    server_tool_use: null,
    service_tier: 'standard',
    inference_geo: null,
    speed: null,
  };
}

const digest = (seed: string, purpose: string): string =>
  createHash('sha256').update(`${purpose}\n${seed}`).digest('hex').slice(0, 24);
