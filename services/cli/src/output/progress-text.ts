import type { ProgressLine } from '../run/progress.ts';
import type { Terminal } from './terminal.ts';

const LABEL_WIDTH = 12;
const TONE = { info: 'dim', good: 'green', bad: 'red' } as const;

/** One line of live progress: seconds since `startMs`, what it is about, what happened. */
export function progressText({ at, label, text, tone }: ProgressLine, startMs: number, { style }: Terminal): string {
  const seconds = `${((at - startMs) / 1_000).toFixed(1)}s`.padStart(7);
  const body = tone === 'info' ? text : style(TONE[tone], text);
  return `${style('dim', seconds)}  ${style('bold', label.padEnd(LABEL_WIDTH))}  ${body}`;
}
