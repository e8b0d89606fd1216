import { createHash } from 'node:crypto';
import type Anthropic from '@anthropic-ai/sdk';
import type { AssistantBlock, UserBlock } from '../blocks.ts';
import type { Message, ModelRequest, RequestMetadata } from '../request.ts';

/** The longest `metadata.user_id` the API takes. */
const MAX_USER_ID = 256;

/** The request as the Messages API wants it. */
export function toWire(request: ModelRequest): Anthropic.MessageCreateParamsStreaming {
  const { system, tools, stopSequences, metadata } = request;
  const outputConfig = outputConfigOf(request);
  const toolChoice = toolChoiceOf(request);
  return {
    model: request.model,
    max_tokens: request.maxTokens,
    messages: request.messages.map(messageToWire),
    stream: true,
    ...(system === undefined ? {} : { system }),
    ...(tools === undefined ? {} : { tools: tools.map(toolToWire) }),
    ...(toolChoice === undefined ? {} : { tool_choice: toolChoice }),
    ...(outputConfig === undefined ? {} : { output_config: outputConfig }),
    ...(stopSequences === undefined ? {} : { stop_sequences: stopSequences }),
    ...(request.cache === false ? {} : { cache_control: { type: 'ephemeral' } }),
    ...(metadata === undefined ? {} : { metadata: { user_id: userId(metadata) } }),
  };
}

/** `agent/run/task`, or its SHA-256 when the API would find that too long. */
export function userId({ agent, runId, taskId }: RequestMetadata): string {
  const id = `${agent}/${runId}/${taskId}`;
  return id.length <= MAX_USER_ID ? id : createHash('sha256').update(id).digest('hex');
}

function outputConfigOf({ outputSchema, effort }: ModelRequest): Anthropic.OutputConfig | undefined {
  if (outputSchema === undefined && effort === undefined) return undefined;
  return {
    ...(effort === undefined ? {} : { effort }),
    ...(outputSchema === undefined ? {} : { format: { type: 'json_schema', schema: outputSchema } }),
  };
}

function toolChoiceOf({ tools, toolChoice, parallelTools }: ModelRequest): Anthropic.ToolChoice | undefined {
  const choice = toolChoice ?? (parallelTools === false && tools !== undefined ? { type: 'auto' as const } : undefined);
  if (choice === undefined) return undefined;
  if (choice.type === 'none') return { type: 'none' };
  const serial = parallelTools === false ? { disable_parallel_tool_use: true } : {};
  return choice.type === 'tool' ? { type: 'tool', name: choice.name, ...serial } : { type: choice.type, ...serial };
}

function toolToWire(tool: NonNullable<ModelRequest['tools']>[number]): Anthropic.Tool {
  return {
    name: tool.name,
    input_schema: { ...tool.inputSchema, type: 'object' },
    ...(tool.description === undefined ? {} : { description: tool.description }),
    ...(tool.strict === undefined ? {} : { strict: tool.strict }),
  };
}

function messageToWire(message: Message): Anthropic.MessageParam {
  const { role, content } = message;
  return { role, content: typeof content === 'string' ? content : content.map(blockToWire) };
}

function blockToWire(block: AssistantBlock | UserBlock): Anthropic.ContentBlockParam {
  switch (block.type) {
    case 'text':
      return { type: 'text', text: block.text };
    case 'thinking':
      return { type: 'thinking', thinking: block.thinking, signature: block.signature };
    case 'redacted_thinking':
      return { type: 'redacted_thinking', data: block.data };
    case 'tool_use':
      return { type: 'tool_use', id: block.id, name: block.name, input: block.input };
    case 'tool_result':
      return {
        type: 'tool_result',
        tool_use_id: block.toolUseId,
        content: block.content,
        ...(block.isError === undefined ? {} : { is_error: block.isError }),
      };
    case 'opaque':
      return block.block as unknown as Anthropic.ContentBlockParam;
  }
}
