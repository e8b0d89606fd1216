import type { z } from 'zod';

export interface ToolContext {
  /** Aborts at the tool's time limit and when the work stops. */
  readonly signal: AbortSignal;
}

/** Something a model may ask for. `run` gets a checked input; its answer is checked, capped and journaled. */
export interface Tool<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly input: I;
  readonly output: O;
  readonly timeoutMs: number;
  run(args: z.output<I>, context: ToolContext): Promise<z.input<O>> | z.input<O>;
}

/** A tool whose input and output types are not known where it is used. */
export interface AnyTool {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly input: z.ZodType;
  readonly output: z.ZodType;
  readonly timeoutMs: number;
  run(args: never, context: ToolContext): unknown;
}

/** The answer of a tool may have at most this many bytes of JSON. */
export const TOOL_OUTPUT_BYTES = 65_536;

const DEFAULT_TIMEOUT_MS = 30_000;
const TOOL_NAME = /^[a-zA-Z0-9_-]{1,64}$/;

/** Declares a tool. Throws `TypeError` when the name is not one a model API takes (letters, digits, `_`, `-`, at most 64). */
export function defineTool<I extends z.ZodType, O extends z.ZodType>(
  tool: Omit<Tool<I, O>, 'timeoutMs'> & { readonly timeoutMs?: number },
): Tool<I, O> {
  if (!TOOL_NAME.test(tool.name)) throw new TypeError(`${JSON.stringify(tool.name)} is not a tool name`);
  return { timeoutMs: DEFAULT_TIMEOUT_MS, ...tool };
}
