import { z } from 'zod';
import { ApiError } from './api-error.ts';

const CacheControl = z.object({ type: z.literal('ephemeral'), ttl: z.enum(['5m', '1h']).optional() });
export type CacheControl = z.infer<typeof CacheControl>;
const cache_control = CacheControl.nullish();

const TextBlock = z.object({ type: z.literal('text'), text: z.string().min(1), cache_control });
const source = z.looseObject({ type: z.string() });

const Block = z.discriminatedUnion('type', [
  TextBlock,
  z.object({ type: z.literal('image'), source, cache_control }),
  z.object({ type: z.literal('document'), source, title: z.string().nullish(), cache_control }),
  z.object({ type: z.literal('thinking'), thinking: z.string(), signature: z.string() }),
  z.object({ type: z.literal('redacted_thinking'), data: z.string() }),
  z.object({
    type: z.literal('tool_use'),
    id: z.string().min(1),
    name: z.string().min(1),
    input: z.unknown(),
    cache_control,
  }),
  z.object({
    type: z.literal('tool_result'),
    tool_use_id: z.string().min(1),
    content: z
      .union([z.string(), z.array(z.looseObject({ type: z.string(), text: z.string().optional() }))])
      .optional(),
    is_error: z.boolean().nullish(),
    cache_control,
  }),
]);
export type Block = z.infer<typeof Block>;

const Message = z.object({
  role: z.enum(['user', 'assistant', 'system']),
  content: z.union([z.string().min(1), z.array(Block).min(1)]),
});
export type Message = z.infer<typeof Message>;

const Tool = z.object({
  type: z.literal('custom').nullish(),
  name: z.string().regex(/^[a-zA-Z0-9_-]{1,128}$/),
  description: z.string().optional(),
  input_schema: z.looseObject({ type: z.literal('object') }),
  cache_control,
  strict: z.boolean().optional(),
});
export type Tool = z.infer<typeof Tool>;

const ToolChoice = z.discriminatedUnion('type', [
  z.object({ type: z.literal('auto'), disable_parallel_tool_use: z.boolean().optional() }),
  z.object({ type: z.literal('any'), disable_parallel_tool_use: z.boolean().optional() }),
  z.object({ type: z.literal('tool'), name: z.string(), disable_parallel_tool_use: z.boolean().optional() }),
  z.object({ type: z.literal('none') }),
]);

const prompt = {
  model: z.string().min(1),
  messages: z.array(Message).min(1),
  system: z.union([z.string(), z.array(TextBlock)]).optional(),
  tools: z.array(Tool).optional(),
  tool_choice: ToolChoice.optional(),
  cache_control,
  thinking: z.looseObject({ type: z.enum(['adaptive', 'enabled', 'disabled', 'between_tools']) }).optional(),
  output_config: z
    .object({
      effort: z.enum(['low', 'medium', 'high', 'xhigh', 'max']).nullish(),
      format: z.object({ type: z.literal('json_schema'), schema: z.record(z.string(), z.unknown()) }).nullish(),
    })
    .optional(),
};

/** What `count_tokens` takes: a request without its limits. */
const CountRequest = z.looseObject(prompt);
export type Prompt = z.infer<typeof CountRequest>;

const MessagesRequest = z.looseObject({
  ...prompt,
  max_tokens: z.int().nonnegative(),
  stream: z.boolean().optional(),
  stop_sequences: z.array(z.string().min(1)).optional(),
  metadata: z.object({ user_id: z.string().max(256).nullish() }).optional(),
});
export type MessagesRequest = z.infer<typeof MessagesRequest>;

/** Parses a `/v1/messages` body. Throws `ApiError` (`invalid_request_error`) that names the field. */
export function parseMessagesRequest(body: unknown): MessagesRequest {
  const request = parse(MessagesRequest, body);
  checkConversation(request);
  return request;
}

/** Parses a `count_tokens` body. Throws `ApiError` (`invalid_request_error`). */
export function parseCountRequest(body: unknown): Prompt {
  const request = parse(CountRequest, body);
  checkConversation(request);
  return request;
}

function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const where = issue === undefined || issue.path.length === 0 ? 'body' : issue.path.join('.');
  throw new ApiError('invalid_request_error', `${where}: ${issue?.message ?? 'not valid'}`, { cause: result.error });
}

const REMOVED = ['temperature', 'top_p', 'top_k'];

/** The rules between fields: every tool use is answered by the next message, every answer has its tool use. */
function checkConversation(request: Prompt): void {
  for (const name of REMOVED) if (name in request) invalid(`${name}: sampling parameters are not supported`);
  const { messages, tools = [], tool_choice: choice } = request;
  if (messages[0]?.role === 'assistant') invalid('messages.0.role: the first message must be from the user');
  if (new Set(tools.map((tool) => tool.name)).size < tools.length) invalid('tools: tool names must be unique');
  if (choice !== undefined && choice.type !== 'none' && tools.length === 0) invalid('tool_choice: needs tools');
  if (choice?.type === 'tool' && !tools.some((tool) => tool.name === choice.name)) {
    invalid(`tool_choice.name: no tool is called "${choice.name}"`);
  }
  let waiting = new Set<string>();
  for (const [index, { role, content }] of messages.entries()) {
    const blocks = typeof content === 'string' ? [] : content;
    for (const block of blocks) {
      if (block.type !== 'tool_result') continue;
      if (role !== 'user') invalid(`messages.${index}: tool_result belongs in a user message`);
      if (!waiting.delete(block.tool_use_id)) {
        invalid(`messages.${index}: tool_result "${block.tool_use_id}" has no tool_use in the previous message`);
      }
    }
    if (role === 'system') continue;
    const [open] = waiting;
    if (open !== undefined) invalid(`messages.${index}: tool_use "${open}" is not followed by its tool_result`);
    waiting = new Set(blocks.flatMap((block) => (block.type === 'tool_use' ? [block.id] : [])));
    if (waiting.size > 0 && role !== 'assistant')
      invalid(`messages.${index}: tool_use belongs in an assistant message`);
  }
  if (waiting.size > 0) invalid('messages: the last tool_use has no tool_result');
}

function invalid(message: string): never {
  throw new ApiError('invalid_request_error', message);
}
