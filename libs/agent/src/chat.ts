import type { Json } from '@parley/contracts';
import type { Message, ModelRequest, ModelResponse, ToolUseBlock } from '@parley/model';
import { z } from 'zod';
import type { AnyTool } from './define-tool.ts';
import { TerminalError } from './errors.ts';
import { requestDigest } from './journal-cursor.ts';
import { loadModelPackage } from './model-package.ts';
import type { Performance } from './performance.ts';
import { createToolRunner } from './run-tool.ts';

interface ChatOptions {
  readonly system?: string;
  /** The whole conversation; `user` is the short form for one message. */
  readonly messages?: readonly Message[];
  readonly user?: string;
  /** Upper bound of each answer; reserved before the call. Default 4,096. */
  readonly maxTokens?: number;
  readonly model?: string;
  /** Offered to the model, by name or as they are; default none. */
  readonly tools?: readonly (string | AnyTool)[];
  /** Model turns at most; at the last one no tool is offered. Default 8. */
  readonly maxTurns?: number;
  readonly effort?: ModelRequest['effort'];
}

/** A finished conversation. */
export interface ChatAnswer {
  readonly text: string;
  readonly turns: number;
  /** Results of all tool calls, in the order of the conversation. */
  readonly toolResults: readonly ToolCallResult[];
}

export interface ToolCallResult {
  readonly tool: string;
  readonly input: Json;
  readonly content: string;
  readonly isError: boolean;
}

/**
 * Asks a model. With `output` the answer is checked; one that does not fit is sent back once for repair.
 * Throws `ModelError`, or `TerminalError`: `result_invalid`, `llm_protocol`, `model_refusal`, `model_truncated`, `model_turns_exhausted`, `model_missing`.
 */
export interface Chat {
  <S extends z.ZodType>(
    name: string,
    options: ChatOptions & { readonly output: S },
  ): Promise<ChatAnswer & { readonly output: z.output<S> }>;
  (name: string, options: ChatOptions): Promise<ChatAnswer>;
}

const MAX_TOKENS = 4_096;
const MAX_TURNS = 8;

export function createChat(performance: Performance, known: readonly AnyTool[]): Chat {
  /** One model turn: a journaled step. The model's id is left out of the digest, so that a restart with another model still resumes. */
  async function turn(name: string, request: ModelRequest): Promise<ModelResponse> {
    const { model: _, ...compared } = request;
    const step = { kind: 'model', name, request: requestDigest(compared) } as const;
    const result = await performance.exchange(step, async () => {
      const { response, usage } = await performance.call(request);
      return { result: response as unknown as Json, usage };
    });
    return result as unknown as ModelResponse;
  }

  async function chat(
    name: string,
    options: ChatOptions & { readonly output?: z.ZodType },
  ): Promise<ChatAnswer & { output?: unknown }> {
    const { parseStructured, repairRequest, textOf } = await loadModelPackage();
    const tools = (options.tools ?? []).map((tool) => (typeof tool === 'string' ? toolNamed(tool, known) : tool));
    const runTool = createToolRunner(performance, tools);
    const maxTurns = options.maxTurns ?? MAX_TURNS;
    const toolResults: ToolCallResult[] = [];
    let request = firstRequest(performance, options, tools);
    for (let k = 1; k <= maxTurns; k++) {
      if (k === maxTurns && tools.length > 0) request = { ...request, toolChoice: { type: 'none' } };
      const response = await turn(`${name}#${k}`, request);
      switch (response.stopReason) {
        case 'tool_use': {
          const calls = toolCalls(response);
          const results = await Promise.all(calls.map((call, i) => runTool(`${name}#${k}.${i + 1}`, call)));
          for (const [i, { content, isError }] of results.entries()) {
            const call = calls[i] as ToolUseBlock;
            toolResults.push({ tool: call.name, input: call.input, content, isError });
          }
          request = withTurn(
            request,
            response,
            results.map(({ content, isError }, i) => ({
              type: 'tool_result' as const,
              toolUseId: (calls[i] as ToolUseBlock).id,
              content,
              ...(isError ? { isError } : {}),
            })),
          );
          break;
        }
        case 'pause_turn':
          request = { ...request, messages: [...request.messages, { role: 'assistant', content: response.content }] };
          break;
        case 'refusal':
          throw new TerminalError(
            'model_refusal',
            `the model refused${response.refusalCategory === undefined ? '' : `: ${response.refusalCategory}`}`,
          );
        case 'max_tokens':
        case 'model_context_window_exceeded':
          throw new TerminalError('model_truncated', `the answer of ${name} was cut: ${response.stopReason}`);
        case 'end_turn':
        case 'stop_sequence': {
          const answer = { text: textOf(response), turns: k, toolResults };
          if (options.output === undefined) return answer;
          const first = parseStructured(options.output, response);
          if (first.ok) return { ...answer, output: first.value };
          const repaired = await turn(`${name}#repair`, {
            ...repairRequest(request, response, first),
            ...noTools(tools),
          });
          const second = parseStructured(options.output, repaired);
          if (second.ok) return { ...answer, text: textOf(repaired), turns: k + 1, output: second.value };
          throw new TerminalError('result_invalid', `the answer of ${name} does not fit: ${second.problem}`);
        }
      }
    }
    throw new TerminalError('model_turns_exhausted', `${name} did not end within ${maxTurns} turns`);
  }

  return chat as Chat;
}

function firstRequest(
  performance: Performance,
  options: ChatOptions & { readonly output?: z.ZodType },
  tools: readonly AnyTool[],
): ModelRequest {
  const model = options.model ?? performance.model;
  if (model === undefined)
    throw new TerminalError('model_missing', 'no model is named by the call, the agent or the process');
  const { run, task, agent } = performance.task;
  const messages: Message[] = [...(options.messages ?? [])];
  if (options.user !== undefined) messages.push({ role: 'user', content: options.user });
  const request: ModelRequest = {
    model,
    messages,
    maxTokens: options.maxTokens ?? MAX_TOKENS,
    metadata: { runId: run, taskId: task, agent },
  };
  if (options.system !== undefined) request.system = options.system;
  if (options.effort !== undefined) request.effort = options.effort;
  if (options.output !== undefined)
    request.outputSchema = z.toJSONSchema(options.output, { io: 'input' }) as NonNullable<ModelRequest['outputSchema']>;
  if (tools.length > 0) {
    request.tools = tools.map(({ name, description, input }) => ({
      name,
      description,
      inputSchema: z.toJSONSchema(input, { io: 'input' }) as NonNullable<ModelRequest['outputSchema']>,
    }));
  }
  return request;
}

function withTurn(
  request: ModelRequest,
  response: ModelResponse,
  results: Extract<Message, { role: 'user' }>['content'],
): ModelRequest {
  return {
    ...request,
    messages: [
      ...request.messages,
      { role: 'assistant', content: response.content },
      { role: 'user', content: results },
    ],
  };
}

function toolCalls(response: ModelResponse): ToolUseBlock[] {
  const calls = response.content.filter((block) => block.type === 'tool_use');
  if (calls.length === 0) throw new TerminalError('llm_protocol', 'the model stopped for a tool without naming one');
  if (new Set(calls.map(({ id }) => id)).size < calls.length)
    throw new TerminalError('llm_protocol', 'two tool calls have one id');
  return calls;
}

function toolNamed(name: string, known: readonly AnyTool[]): AnyTool {
  const tool = known.find((candidate) => candidate.name === name);
  if (tool === undefined) throw new TerminalError('tool_unknown', `the agent declares no tool ${name}`);
  return tool;
}

const noTools = (tools: readonly AnyTool[]): Pick<ModelRequest, 'toolChoice'> =>
  tools.length === 0 ? {} : { toolChoice: { type: 'none' } };
