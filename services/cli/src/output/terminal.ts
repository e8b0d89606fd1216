import { styleText } from 'node:util';

type Format = Parameters<typeof styleText>[0];

/** Text to people on stderr, results on stdout; colour only on a terminal that wants it (`NO_COLOR`). */
export interface Terminal {
  /** A result, whole. */
  out(text: string): void;
  /** Progress and messages. */
  note(text: string): void;
  style(format: Format, text: string): string;
}

export function openTerminal(): Terminal {
  // A reader that has seen enough (`parley runs | head`) is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  process.stderr.on('error', () => {});
  const colour = process.stderr.isTTY === true && process.stdout.isTTY === true && !process.env['NO_COLOR'];
  return {
    out: (text) => void process.stdout.write(`${text}\n`),
    note: (text) => void process.stderr.write(`${text}\n`),
    style: (format, text) => (colour ? styleText(format, text, { validateStream: false }) : text),
  };
}
