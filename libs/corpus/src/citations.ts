import type { Document } from './document.ts';

export interface Citation {
  readonly file: string;
  readonly line: number;
  readonly quote: string;
}

export type CitationFault =
  /** No letter or digit in it. */
  | 'quote_empty'
  | 'file_forbidden'
  | 'file_unknown'
  | 'line_invalid'
  /** It stands in the file, but begins on another line (`foundAt`). */
  | 'wrong_line'
  | 'not_in_file';

export interface CitationResult {
  readonly citation: Citation;
  readonly ok: boolean;
  readonly reason?: CitationFault;
  /** With `wrong_line`: the first line on which the quote begins. */
  readonly foundAt?: number;
}

/** Checks that the quote is an exact part of the document's text and begins on the line, line breaks inside included. */
export function checkCitation(
  { line, quote }: Citation,
  { text, lineStarts }: Document,
  lineOf: (offset: number) => number,
): { reason?: CitationFault; foundAt?: number } {
  const from = lineStarts[line - 1];
  if (!Number.isInteger(line) || from === undefined) return { reason: 'line_invalid' };
  const to = lineStarts[line] ?? text.length;
  // Looks no further than a quote that begins on this line could reach.
  if (text.slice(from, to - 1 + quote.length).includes(quote)) return {};
  const elsewhere = text.indexOf(quote);
  return elsewhere === -1 ? { reason: 'not_in_file' } : { reason: 'wrong_line', foundAt: lineOf(elsewhere) };
}
