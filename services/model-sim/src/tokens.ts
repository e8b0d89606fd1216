import type { Prompt } from './request.ts';

/** UTF-8 bytes that make one token here: close to English text on real models. */
const BYTES_PER_TOKEN = 4;
/** Every message, tool and system block costs this much beside its text. */
const BLOCK_OVERHEAD = 4;
/** What a prompt costs before its first word. */
export const PROMPT_OVERHEAD = 8;

/**
 * The deterministic stand-in for a tokenizer: bytes / 4, rounded up. Never above the bytes, so a bound that counts bytes
 * (and a small allowance per block) holds.
 */
export function countTokens(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN);
}

/** One cacheable piece of a prompt, in the order in which prefixes are matched: tools, system, messages. */
export interface Segment {
  text: string;
  tokens: number;
  /** A cache breakpoint after this segment. */
  ttl: '5m' | '1h' | undefined;
}

/** The prompt as segments; a top-level `cache_control` marks the last one. */
export function segmentsOf(prompt: Prompt): Segment[] {
  const segments: Segment[] = [];
  const add = (kind: string, value: object | string, control?: { ttl?: '5m' | '1h' | undefined } | null): void => {
    const text = typeof value === 'string' ? value : JSON.stringify({ ...value, cache_control: undefined });
    const ttl = control === undefined || control === null ? undefined : (control.ttl ?? '5m');
    segments.push({ text: `${kind}\n${text}`, tokens: countTokens(text) + BLOCK_OVERHEAD, ttl });
  };
  for (const tool of prompt.tools ?? []) add('tool', tool, tool.cache_control);
  if (typeof prompt.system === 'string') add('system', prompt.system);
  else for (const block of prompt.system ?? []) add('system', block.text, block.cache_control);
  const format = prompt.output_config?.format;
  if (format) add('format', format.schema);
  for (const { role, content } of prompt.messages) {
    if (typeof content === 'string') add(role, content);
    else
      for (const block of content)
        add(role, blockText(block), 'cache_control' in block ? block.cache_control : undefined);
  }
  const last = segments.at(-1);
  if (prompt.cache_control && last !== undefined) last.ttl ??= prompt.cache_control.ttl ?? '5m';
  return segments;
}

/** All prompt tokens of a request, cached or not. */
export function promptTokens(segments: readonly Segment[]): number {
  return segments.reduce((sum, segment) => sum + segment.tokens, PROMPT_OVERHEAD);
}

function blockText(block: Exclude<Prompt['messages'][number]['content'], string>[number]): object | string {
  return block.type === 'text' ? block.text : block;
}
