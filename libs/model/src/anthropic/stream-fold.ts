import { z } from 'zod';
import type { AssistantBlock, Json, JsonObject } from '../blocks.ts';
import { ModelError, type PartialUsage } from '../errors.ts';
import type { ModelStreamEvent } from '../provider.ts';
import type { StopReason, Usage } from '../response.ts';
import { EVENT_TYPES, StreamEvent, type WireBlock, type WireUsage } from './stream-event.ts';

interface Open {
  readonly index: number;
  readonly block: WireBlock;
  text: string;
  signature: string;
}

/** A stream that reached `message_stop` in order. */
export interface FoldedMessage {
  id: string;
  model: string;
  content: AssistantBlock[];
  stopReason: StopReason;
  refusalCategory?: string;
  usage: Usage;
}

/**
 * Folds the events of one Messages API stream and accepts only a complete, ordered one:
 *
 * 1. `message_start` is first, once; nothing follows `message_stop`.
 * 2. Blocks open and close one at a time, numbered from 0; a delta belongs to the open block and fits its kind.
 * 3. `message_stop` comes after a `message_delta` with a known stop reason and with no block open.
 * 4. The input of a closed tool use is JSON.
 *
 * Event and delta kinds it does not know are ignored, as the API asks. Everything else is `ModelError` `protocol`, except a stream that merely ends early: `stream_cut`, from `finish`.
 */
export class StreamFold {
  #id = '';
  #model = '';
  #content: AssistantBlock[] = [];
  #open: Open | undefined;
  #usage: Usage | undefined;
  #stopReason: StopReason | undefined;
  #refusalCategory: string | undefined;
  #stopped = false;

  /** What is known to have been consumed. The output is known from the final `message_delta` on: what was received before says little of it. */
  get partialUsage(): PartialUsage | undefined {
    if (this.#usage === undefined || this.#stopReason !== undefined) return this.#usage;
    const { outputTokens: _, ...input } = this.#usage;
    return input;
  }

  /** Takes the next raw event and returns what a listener may want to know. */
  add(raw: unknown): ModelStreamEvent[] {
    const { type } = (raw ?? {}) as { type?: unknown };
    if (typeof type === 'string' && !EVENT_TYPES.has(type)) return [];
    const parsed = StreamEvent.safeParse(raw);
    if (!parsed.success) throw protocol(`malformed stream event: ${z.prettifyError(parsed.error)}`, parsed.error);
    const event = parsed.data;
    if (this.#stopped) throw protocol(`${event.type} after message_stop`);
    if (event.type !== 'message_start' && this.#usage === undefined)
      throw protocol(`${event.type} before message_start`);
    switch (event.type) {
      case 'message_start': {
        if (this.#usage !== undefined) throw protocol('a second message_start');
        const { id, model, usage } = event.message;
        this.#id = id;
        this.#model = model;
        this.#usage = mergeUsage(NOTHING, usage);
        return [
          { type: 'started', id, model },
          { type: 'usage', usage: this.#usage },
        ];
      }
      case 'content_block_start': {
        if (this.#open !== undefined) throw protocol(`block ${event.index} starts inside block ${this.#open.index}`);
        if (event.index !== this.#content.length) throw protocol(`block ${event.index} starts out of order`);
        const block = event.content_block;
        this.#open = { index: event.index, block, text: initialText(block), signature: '' };
        return block.type === 'tool_use' ? [{ type: 'tool_use', id: block.id, name: block.name }] : [];
      }
      case 'content_block_delta':
        return this.#delta(this.#openAt(event.index), event.delta);
      case 'content_block_stop':
        this.#content.push(close(this.#openAt(event.index)));
        this.#open = undefined;
        return [];
      case 'message_delta':
        if (this.#open !== undefined) throw protocol(`message_delta inside block ${this.#open.index}`);
        this.#stopReason = event.delta.stop_reason ?? undefined;
        this.#refusalCategory = event.delta.stop_details?.category ?? undefined;
        this.#usage = mergeUsage(this.#usage ?? NOTHING, event.usage);
        return [{ type: 'usage', usage: this.#usage }];
      case 'message_stop':
        if (this.#open !== undefined) throw protocol(`message_stop inside block ${this.#open.index}`);
        if (this.#stopReason === undefined) throw protocol('message_stop without a stop reason');
        this.#stopped = true;
        return [];
    }
  }

  /** The message, once the stream has ended. Throws `ModelError` `stream_cut` when `message_stop` is missing. */
  finish(): FoldedMessage {
    if (!this.#stopped || this.#usage === undefined || this.#stopReason === undefined) {
      throw new ModelError('stream_cut', 'the stream ended before message_stop', { usage: this.partialUsage });
    }
    return {
      id: this.#id,
      model: this.#model,
      content: this.#content,
      stopReason: this.#stopReason,
      ...(this.#refusalCategory === undefined ? {} : { refusalCategory: this.#refusalCategory }),
      usage: this.#usage,
    };
  }

  #openAt(index: number): Open {
    if (this.#open?.index !== index) throw protocol(`an event for block ${index}, which is not open`);
    return this.#open;
  }

  #delta(open: Open, delta: Extract<StreamEvent, { type: 'content_block_delta' }>['delta']): ModelStreamEvent[] {
    const { block } = open;
    switch (delta.type) {
      case 'text_delta':
        if (block.type !== 'text') throw protocol(`text_delta in a ${block.type} block`);
        open.text += delta.text;
        return [{ type: 'text', text: delta.text }];
      case 'thinking_delta':
        if (block.type !== 'thinking') throw protocol(`thinking_delta in a ${block.type} block`);
        open.text += delta.thinking;
        return [{ type: 'thinking', text: delta.thinking }];
      case 'signature_delta':
        open.signature += delta.signature;
        return [];
      case 'other':
        return [];
      case 'input_json_delta':
        open.text += delta.partial_json;
        if (block.type === 'tool_use') return [{ type: 'tool_input', id: block.id, partialJson: delta.partial_json }];
        if (block.type === 'other') return [];
        throw protocol(`input_json_delta in a ${block.type} block`);
    }
  }
}

const NOTHING: Usage = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 };

/** Counters are cumulative totals of the message: a later one replaces an earlier one, an absent one leaves it. */
function mergeUsage(before: Usage, wire: WireUsage): Usage {
  const hour = wire.cache_creation?.ephemeral_1h_input_tokens ?? before.cacheWrite1hTokens ?? 0;
  return {
    inputTokens: wire.input_tokens ?? before.inputTokens,
    outputTokens: wire.output_tokens ?? before.outputTokens,
    cacheReadTokens: wire.cache_read_input_tokens ?? before.cacheReadTokens,
    cacheWriteTokens: wire.cache_creation_input_tokens ?? before.cacheWriteTokens,
    ...(hour > 0 ? { cacheWrite1hTokens: hour } : {}),
  };
}

function initialText(block: WireBlock): string {
  if (block.type === 'text') return block.text;
  return block.type === 'thinking' ? block.thinking : '';
}

function close({ block, text, signature }: Open): AssistantBlock {
  switch (block.type) {
    case 'text':
      return { type: 'text', text };
    case 'thinking':
      return { type: 'thinking', thinking: text, signature: signature === '' ? block.signature : signature };
    case 'redacted_thinking':
      return { type: 'redacted_thinking', data: block.data };
    case 'tool_use':
      return { type: 'tool_use', id: block.id, name: block.name, input: jsonInput(block.input, text) };
    case 'other': {
      const whole = text === '' ? block.block : { ...block.block, input: jsonInput({}, text) };
      return { type: 'opaque', block: whole as JsonObject };
    }
  }
}

function jsonInput(initial: unknown, text: string): Json {
  if (text === '') return initial as Json;
  try {
    return JSON.parse(text) as Json;
  } catch (cause) {
    throw protocol('the input of a tool use is not JSON', cause);
  }
}

function protocol(message: string, cause?: unknown): ModelError {
  return new ModelError('protocol', message, cause === undefined ? {} : { cause });
}
