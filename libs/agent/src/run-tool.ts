import { encodeJson, type Json } from '@parley/contracts';
import type { ToolUseBlock } from '@parley/model';
import { type AnyTool, type Tool, TOOL_OUTPUT_BYTES } from './define-tool.ts';
import type { z } from 'zod';
import { TerminalError } from './errors.ts';
import { issueText } from './issue-text.ts';
import { requestDigest } from './journal-cursor.ts';
import type { Performance } from './performance.ts';
import { GenAi, GenAiOperation, spanName, withSpan } from '@parley/tracing';
import { unlessAborted } from './wait.ts';

/** What the model is told of a tool call. */
export interface ToolAnswer {
  readonly content: string;
  readonly isError: boolean;
}

/** Runs one tool call as a journaled step. Faults of the call or the tool are answers for the model; only a stop of the work is thrown. */
export type RunTool = (name: string, call: ToolUseBlock) => Promise<ToolAnswer>;

export function createToolRunner(ground: Performance, tools: readonly AnyTool[]): RunTool {
  const byName = new Map(tools.map((tool) => [tool.name, tool]));

  return async (name, { id, name: toolName, input }) => {
    const tool = byName.get(toolName);
    if (tool === undefined)
      return fault('tool_unknown', `there is no tool ${toolName}; there are ${[...byName.keys()].join(', ')}`);
    const args = tool.input.safeParse(input);
    if (!args.success) return fault('tool_arg_invalid', issueText(args.error));
    const request = requestDigest({ tool: tool.name, version: tool.version, input });
    return (await ground.exchange({ kind: 'tool', name, request }, async () => ({
      result: (await withSpan(
        spanName.executeTool(tool.name),
        {
          attributes: {
            [GenAi.OPERATION_NAME]: GenAiOperation.EXECUTE_TOOL,
            [GenAi.TOOL_NAME]: tool.name,
            [GenAi.TOOL_CALL_ID]: id,
          },
        },
        () => execute(ground, tool, args.data),
      )) as unknown as Json,
    }))) as unknown as ToolAnswer;
  };
}

/** Uses a tool for agent code itself; a fault is thrown. */
export async function useTool<I extends z.ZodType, O extends z.ZodType>(
  ground: Performance,
  name: string,
  tool: Tool<I, O>,
  args: z.input<I>,
): Promise<z.output<O>> {
  const input = (args ?? null) as Json;
  const { content, isError } = await createToolRunner(ground, [tool])(name, {
    type: 'tool_use',
    id: name,
    name: tool.name,
    input,
  });
  if (isError) {
    const [code = 'tool_error'] = content.split(':', 1);
    throw new TerminalError(code, content.slice(code.length + 2));
  }
  const output = tool.output.safeParse(parsed(content));
  if (!output.success) throw new TerminalError('tool_output_invalid', issueText(output.error));
  return output.data;
}

/** Text is told to a model as it is, anything else as JSON. */
function parsed(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return content;
  }
}

async function execute({ signal, metrics, log }: Performance, tool: AnyTool, args: unknown): Promise<ToolAnswer> {
  const startedAt = performance.now();
  const done = (outcome: 'ok' | 'error' | 'timeout', answer: ToolAnswer): ToolAnswer => {
    metrics.toolCall(tool.name, outcome, performance.now() - startedAt);
    return answer;
  };
  const limit = AbortSignal.timeout(tool.timeoutMs);
  const both = AbortSignal.any([signal, limit]);
  try {
    const answer = await unlessAborted(tool.run(args as never, { signal: both }), both);
    signal.throwIfAborted();
    const output = tool.output.safeParse(answer);
    if (!output.success) return done('error', fault('tool_output_invalid', issueText(output.error)));
    return done('ok', capped(output.data));
  } catch (error) {
    signal.throwIfAborted();
    if (limit.aborted)
      return done('timeout', fault('tool_timeout', `${tool.name} did not answer within ${tool.timeoutMs} ms`));
    log.warn({ event: 'tool.failed', tool: tool.name, err: error });
    return done('error', fault('tool_error', error instanceof Error ? error.message : String(error)));
  }
}

function capped(output: unknown): ToolAnswer {
  const bytes = typeof output === 'string' ? new TextEncoder().encode(output) : encodeJson(output ?? null);
  if (bytes.length <= TOOL_OUTPUT_BYTES) return { content: new TextDecoder().decode(bytes), isError: false };
  const text = new TextDecoder().decode(bytes.subarray(0, TOOL_OUTPUT_BYTES), { stream: true });
  return { content: `${text}\n[cut: ${bytes.length} bytes, ${TOOL_OUTPUT_BYTES} shown]`, isError: false };
}

const fault = (code: string, message: string): ToolAnswer => ({ content: `${code}: ${message}`, isError: true });
