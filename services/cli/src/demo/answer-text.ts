import { usageText } from '../run/progress.ts';
import type { DemoResult } from './result.ts';

const LONGEST_QUOTE = 160;

/** The answer as people read it, with the place of every quote, then what it took. */
export function answerText(result: DemoResult): string {
  const { answer, citations, runId, steps, bids, agents, tokens, costUsd, durationMs, status, error } = result;
  const lines = ['', answer ?? `run ${status}: ${error?.message ?? 'without an answer'}`, ''];
  if (citations.length > 0) lines.push('Quotes, compared with the files:');
  for (const { file, line, quote } of citations) {
    const flat = quote.replaceAll(/\s+/g, ' ');
    lines.push(`[${file}:${line}] “${flat.length > LONGEST_QUOTE ? `${flat.slice(0, LONGEST_QUOTE - 1)}…` : flat}”`);
  }
  if (citations.length > 0) lines.push('');
  const used = usageText({
    inputTokens: tokens.input,
    outputTokens: tokens.output,
    microUsd: Math.round(costUsd * 1e6),
  });
  lines.push(
    `run ${runId}: ${steps} steps, ${bids} bids, ${(durationMs / 1_000).toFixed(1)} s, by ${agents.join(', ') || 'nobody'}`,
    `cost: ${used}`,
  );
  return lines.join('\n');
}
