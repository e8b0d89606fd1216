import { type Boards, createMemoryBoards } from '@parley/board';
import type { Json } from '@parley/contracts';
import type { ModelProvider } from '@parley/model';
import type { z } from 'zod';
import { type AgentLog, silentLog } from './agent-log.ts';
import { noMetrics } from './agent-metrics.ts';
import { createContext } from './context.ts';
import type { Agent, Capabilities } from './define-agent.ts';
import { TerminalError } from './errors.ts';
import { HumanAsked } from './ask-human.ts';
import { createExchange } from './exchange.ts';
import { HandoffRequested } from './handoff.ts';
import { issueText } from './issue-text.ts';
import type { Entry } from './journal-cursor.ts';
import { createMemoryJournal } from './memory-journal.ts';
import { totalsOf } from './paid-call.ts';
import { addUsage, noUsage, type Performance, type TaskMeta } from './performance.ts';

export interface PerformOnceOptions {
  /** Answers the model calls; a `ScriptedModel`. */
  readonly model?: ModelProvider;
  readonly boards?: Boards;
  readonly signal?: AbortSignal;
  readonly log?: AgentLog;
  /** What a task that was handed over, or came back, tells. */
  readonly handoff?: TaskMeta['handoff'];
  readonly refused?: TaskMeta['refused'];
  readonly returned?: TaskMeta['returned'];
  /** What people say, by the name of the step: the answer to a question, true or false to an action. What is missing ends the performance with `HumanAsked`. */
  readonly people?: Readonly<Record<string, Json>>;
  /** Entries of an earlier performance; what this one journals is appended. */
  readonly journal?: JournalEntries;
}

/** Journaled exchanges, oldest first. */
export type JournalEntries = Entry[];

const TEST_MODEL = 'test-model';

/**
 * Performs one task of an agent without a bus, for the agent's own tests: input and output are checked and exchanges are journaled as on
 * the bus, model calls need no permit and are not retried. Throws what the agent throws, `HandoffRequested` when it hands the task over, and `HumanAsked` when it asks people.
 */
export async function performOnce<C extends Capabilities, K extends keyof C & string>(
  agent: Agent<C>,
  capability: K,
  input: z.input<C[K]['input']>,
  options: PerformOnceOptions = {},
): Promise<z.output<C[K]['output']>> {
  const schemas = agent.capabilities[capability];
  if (schemas === undefined) throw new TerminalError('capability_unknown', `${agent.name} cannot ${capability}`);
  const checked = schemas.input.safeParse(input);
  if (!checked.success) throw new TerminalError('input_invalid', issueText(checked.error), { cause: checked.error });
  const context = createContext(groundOf(agent, capability, options), agent.tools);
  const answer = await agent.perform(capability, checked.data, context);
  if (answer instanceof HandoffRequested) throw answer;
  const output = schemas.output.safeParse(answer);
  if (!output.success) throw new TerminalError('result_invalid', issueText(output.error), { cause: output.error });
  return output.data as z.output<C[K]['output']>;
}

function groundOf(agent: Agent, capability: string, options: PerformOnceOptions): Performance {
  const usage = noUsage();
  const signal = options.signal ?? new AbortController().signal;
  const gate = { beforeExchange: () => signal.throwIfAborted(), beforeJournal: () => signal.throwIfAborted() };
  const boards = options.boards ?? createMemoryBoards();
  return {
    task: {
      ns: 'test',
      run: 'run',
      task: 'run-0',
      attempt: 1,
      capability,
      agent: agent.name,
      instance: 'test',
      epoch: 0,
      deadlineAt: Number.MAX_SAFE_INTEGER,
      performMs: 60_000,
      continues: false,
      handoff: options.handoff,
      refused: options.refused ?? [],
      returned: options.returned,
    },
    handoff: (request) => {
      throw request;
    },
    people: (request) => {
      const { name, ask, action, request: digest } = request;
      const said = options.people?.[name];
      if (said === undefined) throw new HumanAsked(request);
      const outcome = ask === 'answer' ? 'answered' : said === true ? 'approved' : 'rejected';
      const value = ask === 'answer' ? said : action;
      return { name, request: digest, attempt: 1, outcome, value, by: ['tester'], edited: false, reason: null };
    },
    log: options.log ?? silentLog,
    metrics: noMetrics,
    model: agent.model ?? TEST_MODEL,
    signal,
    usage,
    exchange: createExchange(createMemoryJournal(options.journal ?? []), gate),
    board: () => boards.open('test', 'run'),
    async call(request) {
      if (options.model === undefined) throw new TerminalError('model_missing', 'give performOnce a model');
      const response = await options.model.complete(request, { signal });
      const used = totalsOf(response.usage, 0);
      addUsage(usage, used);
      // What goes into a journal comes out of it as JSON.
      return { response: JSON.parse(JSON.stringify(response)) as typeof response, usage: used };
    },
  };
}
