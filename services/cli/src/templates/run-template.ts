import type { Bus } from '@parley/bus';
import { type Json, RunDecision, WorkflowRegister } from '@parley/contracts';
import { ask } from '../ask.ts';
import type { ProgressLine } from '../run/progress.ts';
import { submitRun } from '../run/submit.ts';
import { waitForRun } from '../run/wait-for-run.ts';
import type { StackState } from '../stack/state-file.ts';
import type { Template } from './catalogue.ts';
import { createOneShotAgent } from './one-shot-agent.ts';

/** What became of one run of a template. */
export interface TemplateRun {
  readonly template: string;
  readonly runId: string;
  readonly status: string;
  readonly output: Json;
  readonly error: { code: string; message: string } | null;
  readonly steps: number;
  readonly handoffs: number;
  readonly bids: number;
  readonly agents: readonly string[];
  readonly costUsd: number;
  readonly durationMs: number;
}

export interface TemplateStack {
  readonly bus: Bus;
  readonly state: StackState;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  readonly onLine: (line: ProgressLine) => void;
}

/** Registers a template, creates its agent where it has one, runs it on `input` and deletes the agent again. */
export async function runTemplate(template: Template, input: Json, stack: TemplateStack): Promise<TemplateRun> {
  const { bus, state, signal, timeoutMs, onLine } = stack;
  const { namespace } = state;
  const { name, definition, agentFile } = template;
  const patience = { patienceMs: 10_000, signal };
  await ask(bus, WorkflowRegister, { ns: namespace, workflow: name }, definition, patience);
  await using _agent = agentFile === undefined ? undefined : await createOneShotAgent(agentFile, stack);
  const startedAt = performance.now();
  const { runId } = await submitRun(bus, { namespace, workflow: name, input });
  const { settled, totals } = await waitForRun({ bus, namespace, runId, timeoutMs, signal, onLine });
  const { error } = settled;
  return {
    template: name,
    runId,
    status: settled.status,
    output: settled.output ?? null,
    error: error === undefined ? null : { code: error.code, message: error.message },
    steps: settled.steps,
    handoffs: await handoffsOf(bus, namespace, runId),
    bids: totals.bids,
    agents: totals.agents,
    costUsd: totals.microUsd / 1e6,
    durationMs: Math.round(performance.now() - startedAt),
  };
}

/** Times that work went from one agent to the next: by an agent's own wish, or by a rule of the workflow. */
async function handoffsOf(bus: Bus, ns: string, runId: string): Promise<number> {
  let count = 0;
  for await (const { payload } of bus.read('RUNS', RunDecision.filter({ ns, runId }))) {
    for (const event of RunDecision.decode(payload).events) {
      if (event.type === 'AttemptClosed' && event.outcome === 'handoff') count++;
      if (event.type === 'NodeAdvanced' && event.kind === 'handoff') count += event.planned?.length ?? 0;
    }
  }
  return count;
}
