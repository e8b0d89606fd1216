import type { Block, Document } from './document.ts';
import { lineAt } from './document.ts';

/** An exact piece of a document's text, line breaks inside kept, and the line on which it begins. */
export interface Sentence {
  readonly line: number;
  readonly text: string;
}

/** In characters. */
const LONGEST_BLOCK = 4_000;

const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' });
const ABBREVIATION =
  /(?:^|[\s(["'])(?:e\.g|i\.e|cf|vs|etc|approx|ca|no|nos|fig|figs|eq|sec|ch|vol|pp?|st|dr|mr|mrs|ms|prof|inc|ltd|jr|sr|al|[A-Z])\.$/i;
const TABLE_RULE = /^[\s|:+-]+$/;

/** The sentences that lie within `[from, to)`; headings and code have none, of a table each row below the head is one. */
export function sentencesBetween(document: Document, from: number, to: number): Sentence[] {
  return document.blocks
    .filter(({ start, end }) => start < to && end > from)
    .flatMap((block) => ranges(document.text, near(block, from, to)))
    .filter(({ start, end }) => start >= from && end <= to && /[\p{L}\p{N}]/u.test(document.text.slice(start, end)))
    .map(({ start, end }) => ({ line: lineAt(document.lineStarts, start), text: document.text.slice(start, end) }));
}

/** Of a block much longer than any passage only the part in question is split, or each reading would cost the whole. */
function near(block: Block, from: number, to: number): Block {
  if (block.end - block.start <= LONGEST_BLOCK) return block;
  return { ...block, start: Math.max(block.start, from), end: Math.min(block.end, to) };
}

interface Range {
  readonly start: number;
  readonly end: number;
}

function ranges(text: string, block: Block): Range[] {
  switch (block.kind) {
    case 'heading':
    case 'code':
      return [];
    case 'table':
      return tableRows(text, block);
    case 'paragraph':
    case 'item':
      return proseSentences(text, block);
  }
}

function proseSentences(text: string, { start, end }: Range): Range[] {
  // The segmenter ends a sentence at a line break; in hard-wrapped prose it is a space. Offsets stay the same.
  const prose = text.slice(start, end).replaceAll(/[\r\n\t]/g, ' ');
  const found: Range[] = [];
  let open = 0;
  for (const { segment, index } of segmenter.segment(prose)) {
    // Marks that close the sentence (bold, a quotation, a bracket) still belong to it.
    const until =
      index + segment.length + (/^[*_`~)\]"'”’]+(?=\s|$)/.exec(prose.slice(index + segment.length))?.[0].length ?? 0);
    if (until <= open) continue;
    if (ABBREVIATION.test(prose.slice(open, until).trimEnd()) && until < prose.length) continue;
    found.push(trim(text, start + open, start + until));
    open = until;
  }
  return found;
}

function tableRows(text: string, { start, end }: Range): Range[] {
  const rows: Range[] = [];
  for (let from = start; from < end;) {
    const newline = text.indexOf('\n', from);
    const to = newline === -1 || newline > end ? end : newline;
    const row = trim(text, from, to);
    // What stands above the rule is the head, not a statement.
    if (TABLE_RULE.test(text.slice(row.start, row.end))) rows.length = 0;
    else rows.push(row);
    from = to + 1;
  }
  return rows;
}

function trim(text: string, start: number, end: number): Range {
  const piece = text.slice(start, end);
  const left = start + piece.length - piece.trimStart().length;
  return { start: left, end: Math.max(left, start + piece.trimEnd().length) };
}
