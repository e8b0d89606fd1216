export type DocumentKind = 'markdown' | 'text' | 'html' | 'pdf';

/** What a stretch of a document is; only paragraphs, items and table rows hold sentences. */
export type BlockKind = 'heading' | 'paragraph' | 'item' | 'table' | 'code';

/** A stretch `[start, end)` of a document's text, in UTF-16 code units. */
export interface Block {
  readonly kind: BlockKind;
  readonly start: number;
  readonly end: number;
  /** Of a heading: 0 for a document title, 1 to 6 below it. */
  readonly level?: number;
  /** Of a heading: its words without markup. */
  readonly title?: string;
}

/**
 * A file as text. `text` is what a quote must stand in:
 * - markdown and text: the file's content, byte for byte;
 * - html: the file with everything but its visible text taken out, every line break kept, so line n is line n of the file;
 * - pdf: the extracted text, its lines numbered through all pages.
 */
export interface Document {
  /** Relative to the folder, with `/`. */
  readonly file: string;
  readonly kind: DocumentKind;
  readonly text: string;
  /** Offset of the first character of each line. */
  readonly lineStarts: readonly number[];
  /** In order, without overlap. */
  readonly blocks: readonly Block[];
  /** Of a pdf: the number of the first line of each page. */
  readonly pageLines?: readonly number[];
}

/** Offsets at which the lines of a text begin; a line ends after its `\n`. */
export function findLineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  if (starts.length > 1 && starts.at(-1) === text.length) starts.pop();
  return starts;
}

/** The number, from 1, of the line that holds the offset. */
export function lineAt(lineStarts: readonly number[], offset: number): number {
  let low = 0;
  let high = lineStarts.length;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((lineStarts[middle] ?? 0) <= offset) low = middle;
    else high = middle;
  }
  return low + 1;
}
