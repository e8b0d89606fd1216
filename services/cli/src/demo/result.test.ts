import type { RunSettled } from '@parley/contracts';
import type { Corpus } from '@parley/corpus';
import { expect, test } from 'vitest';
import { CliError } from '../cli-error.ts';
import { demoResult } from './result.ts';

const QUOTE = { file: 'a.md', line: 3, quote: 'It rains.' };
const settled: RunSettled = {
  type: 'RunSettled',
  status: 'completed',
  output: { answered: true, answer: 'It rains. [a.md:3]', citations: [QUOTE] },
  usage: { inputTokens: 100, outputTokens: 10, microUsd: 500, modelCalls: 2 },
  steps: 6,
};
const totals = { bids: 4, agents: ['writer'], microUsd: 0, inputTokens: 0, outputTokens: 0 };
const corpusThat = (holds: boolean) =>
  ({
    verifyCitations: (citations) => ({
      valid: holds,
      results: citations.map((citation) => ({ citation, ok: holds, ...(holds ? {} : { reason: 'not_in_file' }) })),
    }),
  }) as Corpus;
const outcome = { runId: 'r1', settled, totals, durationMs: 5, corpus: corpusThat(true) };

test('calls that were aborted or failed are in the cost, though no agent reported them', () => {
  expect(demoResult(outcome)).toMatchObject({ tokens: { input: 100, output: 10 }, costUsd: 0.0005 });
  const charged = { ...totals, microUsd: 900, inputTokens: 180, outputTokens: 30 };
  const result = demoResult({ ...outcome, totals: charged });
  expect(result).toMatchObject({ tokens: { input: 180, output: 30 }, costUsd: 0.0009, citations: [QUOTE] });
});

test('an answer with a quote that does not stand in its file is refused', () => {
  expect(() => demoResult({ ...outcome, corpus: corpusThat(false) })).toThrow(CliError);
});
