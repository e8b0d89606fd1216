import type { Board } from '@parley/board';
import type {
  HandoffBrief,
  HandoffOrigin,
  HumanAnswer,
  HumanRequest,
  Json,
  OfferRefusal,
  UsageTotals,
} from '@parley/contracts';
import type { HandoffRequested } from './handoff.ts';
import type { ModelRequest, ModelResponse } from '@parley/model';
import type { AgentLog } from './agent-log.ts';
import type { AgentMetrics } from './agent-metrics.ts';
import type { Draft } from './journal-cursor.ts';

/** Which task is being performed. Times in milliseconds since 1970. */
export interface TaskMeta {
  readonly ns: string;
  readonly run: string;
  readonly task: string;
  readonly attempt: number;
  readonly capability: string;
  readonly agent: string;
  readonly instance: string;
  readonly epoch: number;
  readonly deadlineAt: number;
  readonly performMs: number;
  /** The work resumes what an earlier attempt began. */
  readonly continues: boolean;
  /** Where the task was handed over from, with all that its giver tells. */
  readonly handoff: (HandoffOrigin & { readonly brief: HandoffBrief }) | undefined;
  /** Why this agent's newest handoff was not taken; empty otherwise. */
  readonly refused: readonly OfferRefusal[];
  /** What this agent's newest handoff with `continuation: 'return'` gave. */
  readonly returned: { readonly from: string; readonly output: Json } | undefined;
}

/** What one exchange gave, and what it cost. */
export interface Exchanged {
  readonly result: Json;
  readonly usage?: UsageTotals;
}

/** One model call with what it used, failed tries included. */
export interface PaidAnswer {
  readonly response: ModelResponse;
  readonly usage: UsageTotals;
}

/** The ground that a context stands on: what it takes to perform one task, on the bus or in a test. */
export interface Performance {
  readonly task: TaskMeta;
  readonly log: AgentLog;
  readonly metrics: AgentMetrics;
  readonly model: string | undefined;
  readonly signal: AbortSignal;
  readonly usage: UsageTotals;
  /**
   * Returns the journaled result of a step, or runs it and journals the result before it is returned. Throws `TerminalError`
   * (`journal_mismatch`) when the step was journaled with another request, `StopWork` when the work has to stop.
   */
  exchange(step: Pick<Draft, 'kind' | 'name' | 'request'>, run: () => Promise<Exchanged>): Promise<Json>;
  /** The board of the run, opened once per task. Throws `TerminalError` (`board_missing`) when there is none. */
  board(): Promise<Board>;
  /** Ends the attempt as handed over; no exchange begins after it. */
  handoff(request: HandoffRequested): never;
  /** What people said to exactly this request. Ends the attempt with the question when they were not asked yet. */
  people(request: HumanRequest): HumanAnswer;
  /** Makes one paid model call; retries what may succeed later. */
  call(request: ModelRequest): Promise<PaidAnswer>;
}

export const noUsage = (): UsageTotals => ({ inputTokens: 0, outputTokens: 0, microUsd: 0, modelCalls: 0 });

/** Adds `more` to `total`, in place. */
export function addUsage(total: UsageTotals, more: UsageTotals): void {
  total.inputTokens += more.inputTokens;
  total.outputTokens += more.outputTokens;
  total.microUsd += more.microUsd;
  total.modelCalls += more.modelCalls;
}
