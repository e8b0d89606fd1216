import type { Board } from '@parley/board';
import type { Json, UsageTotals } from '@parley/contracts';
import type { AgentLog } from './agent-log.ts';
import {
  type Approval,
  type ApprovalOptions,
  approve,
  type AskHuman,
  askHuman,
  type QuestionOptions,
} from './ask-human.ts';
import type { Performance, TaskMeta } from './performance.ts';
import { handoff, type HandoffOptions } from './handoff.ts';
import { requestDigest } from './journal-cursor.ts';
import { type Chat, createChat } from './chat.ts';
import type { AnyTool, Tool } from './define-tool.ts';
import { useTool } from './run-tool.ts';
import type { z } from 'zod';

/** The only way from agent code to the world. Its functions need no `this`: take them apart freely. */
export interface AgentContext {
  readonly task: TaskMeta;
  /** Aborts when the work has to stop: halt, cancellation, time limit, shutdown. */
  readonly signal: AbortSignal;
  readonly log: AgentLog;
  /** The board of the run. Throws `TerminalError` (`board_missing`) when the process was started without boards. */
  board(): Promise<Board>;
  /** Tokens and money used so far in this attempt. */
  usage(): UsageTotals;
  /**
   * Runs something once over all deliveries of the task: its result is journaled under `name` and returned from there afterwards.
   * `request` is compared on a resumption: the same name with another request is a `TerminalError` `journal_mismatch`.
   */
  step<T extends Json>(name: string, run: (signal: AbortSignal) => Promise<T> | T, request?: Json): Promise<T>;
  /**
   * Uses a tool outside of a conversation, as a journaled step. Throws `TerminalError` with the tool's fault: `tool_arg_invalid`, `tool_error`,
   * `tool_timeout`, `tool_output_invalid`.
   */
  tool<I extends z.ZodType, O extends z.ZodType>(
    name: string,
    tool: Tool<I, O>,
    args: z.input<I>,
  ): Promise<z.output<O>>;
  /** Hands the task over: ends this attempt by throwing `HandoffRequested`, whatever agent code does with it. Throws `TerminalError` `handoff_invalid`. */
  handoff(request: HandoffOptions): never;
  /**
   * Asks people. The attempt ends with the question and costs nothing while it waits; the task goes on here, with the same journal, when they have answered. So everything before it is a journaled
   * step or is done again. Throws `TerminalError` `question_rejected`, `answer_invalid`, `question_invalid`; the task fails as `question_expired` when nobody answers in time.
   */
  readonly askHuman: AskHuman;
  /** Asks people to approve exactly this action, such as the arguments of a call; in all else like `askHuman`. */
  approve<A extends Json>(name: string, action: A, options?: ApprovalOptions): Promise<Approval<A>>;
  /** Asks a model, with tools if given, until it ends its turn; every turn and every tool call is a journaled step. */
  readonly chat: Chat;
}

export function createContext(performance: Performance, tools: readonly AnyTool[]): AgentContext {
  return {
    task: performance.task,
    get signal() {
      return performance.signal;
    },
    log: performance.log,
    board: () => performance.board(),
    usage: () => ({ ...performance.usage }),
    step: async <T extends Json>(
      name: string,
      run: (signal: AbortSignal) => Promise<T> | T,
      request: Json = null,
    ): Promise<T> =>
      (await performance.exchange({ kind: 'step', name, request: requestDigest(request) }, async () => ({
        result: await run(performance.signal),
      }))) as T,
    tool: (name, tool, args) => useTool(performance, name, tool, args),
    askHuman: ((name: string, options: QuestionOptions) => askHuman(performance, name, options)) as AskHuman,
    approve: (name, action, options) => approve(performance, name, action, options),
    handoff: (request) => performance.handoff(handoff(request)),
    chat: createChat(performance, tools),
  };
}
