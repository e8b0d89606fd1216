import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Ended } from './program.ts';

/** The one object that `--json` prints. */
export interface DemoResult {
  runId: string;
  status: string;
  answer: string;
  citations: { file: string; line: number; quote: string }[];
  steps: number;
  bids: number;
  agents: string[];
  tokens: { input: number; output: number };
  costUsd: number;
  durationMs: number;
}

/** The result of a demo that must have ended well; its stdout is exactly one JSON object. */
export function resultOf({ code, stdout, stderr }: Ended): DemoResult {
  expect(code, stderr.slice(-4_000)).toBe(0);
  expect(stdout.trim().split('\n')).toHaveLength(1);
  return JSON.parse(stdout) as DemoResult;
}

/** Every quote stands verbatim in its file and begins on its line, checked without any code of the product. */
export async function expectVerbatim(folder: string, { citations }: DemoResult): Promise<void> {
  for (const { file, line, quote } of citations) {
    const text = await readFile(join(folder, file), 'utf8');
    const lineStart =
      text
        .split('\n')
        .slice(0, line - 1)
        .join('\n').length + (line > 1 ? 1 : 0);
    const lineEnd = text.indexOf('\n', lineStart);
    const at = text.indexOf(quote, lineStart);
    expect(at, `${file}:${line} ${quote}`).toBeGreaterThanOrEqual(lineStart);
    expect(at, `${file}:${line} ${quote}`).toBeLessThanOrEqual(lineEnd === -1 ? text.length : lineEnd);
  }
}
