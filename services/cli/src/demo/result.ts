import type { RunSettled } from '@parley/contracts';
import { jsonSchemaCheck } from '@parley/core';
import type { Citation, Corpus } from '@parley/corpus';
import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';
import type { RunTotals } from '../run/progress.ts';

/** What the research workflow ends with. */
export interface ResearchOutput {
  readonly answer: string;
  readonly citations: readonly Citation[];
}

const faultOf = jsonSchemaCheck({
  type: 'object',
  required: ['answer', 'citations'],
  properties: {
    answer: { type: 'string' },
    citations: {
      type: 'array',
      items: {
        type: 'object',
        required: ['file', 'line', 'quote'],
        properties: { file: { type: 'string' }, line: { type: 'integer', minimum: 1 }, quote: { type: 'string' } },
      },
    },
  },
});

/** The one object of `--json`. */
export interface DemoResult {
  readonly runId: string;
  readonly status: RunSettled['status'];
  readonly answer: string | null;
  readonly citations: readonly Citation[];
  readonly steps: number;
  readonly bids: number;
  /** Names of the agents that worked on it, sorted. */
  readonly agents: readonly string[];
  /** With those of calls that were aborted or failed: what the guardian charged, where that is more than what the agents reported. */
  readonly tokens: { readonly input: number; readonly output: number };
  readonly costUsd: number;
  readonly durationMs: number;
  readonly error?: { readonly code: string; readonly message: string };
}

export interface DemoOutcome {
  readonly runId: string;
  readonly settled: RunSettled;
  readonly totals: RunTotals;
  readonly durationMs: number;
  readonly corpus: Corpus;
}

/**
 * The result of a settled run, its quotes compared with the files once more. Throws `CliError` `citation_wrong` when one does not
 * stand there: the workflow must not have let it through.
 */
export function demoResult({ runId, settled, totals, durationMs, corpus }: DemoOutcome): DemoResult {
  const { status, steps, usage, error } = settled;
  const output = status === 'completed' ? readOutput(runId, settled.output) : undefined;
  const citations = (output?.citations ?? []).map(({ file, line, quote }) => ({ file, line, quote }));
  const wrong = corpus.verifyCitations(citations).results.find(({ ok }) => !ok);
  if (wrong !== undefined) {
    const { file, line, quote } = wrong.citation;
    throw new CliError({
      exit: EXIT.failed,
      code: 'citation_wrong',
      field: `${file}:${line}`,
      value: quote,
      message: `this quote does not stand there (${wrong.reason})`,
      fix: `see parley show ${runId}`,
    });
  }
  return {
    runId,
    status,
    answer: output?.answer ?? null,
    citations,
    steps,
    bids: totals.bids,
    agents: totals.agents,
    tokens: {
      input: Math.max(usage.inputTokens, totals.inputTokens),
      output: Math.max(usage.outputTokens, totals.outputTokens),
    },
    costUsd: Math.max(usage.microUsd, totals.microUsd) / 1e6,
    durationMs,
    ...(error === undefined ? {} : { error: { code: error.code, message: error.message } }),
  };
}

function readOutput(runId: string, output: unknown): ResearchOutput {
  const fault = faultOf(output);
  if (fault === undefined) return output as ResearchOutput;
  throw new CliError({
    exit: EXIT.failed,
    code: 'output_invalid',
    field: 'output',
    message: `the run's output is no answer with citations: ${fault}`,
    fix: `see parley show ${runId}`,
  });
}
