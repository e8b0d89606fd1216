import { type Block, type Document, lineAt } from './document.ts';

/** A part of a document that is found as a whole: a heading with what follows, neighbouring paragraphs; on one page. */
export interface Passage {
  /** `file:line`; when several begin on one line, the further ones are `file:line:2` and so on. */
  readonly id: string;
  readonly file: string;
  /** On which it begins. */
  readonly line: number;
  /** Titles of the headings it stands under, outermost first, joined by ` > `. */
  readonly heading: string;
  readonly start: number;
  readonly end: number;
}

/** Characters at which a passage is full, and past which even a single block is cut. */
const FULL = 1_000;
const LONGEST = 2_000;

/** Cuts a document into passages, in order. */
export function cutPassages(document: Document): Passage[] {
  const passages: Passage[] = [];
  const path: { level: number; title: string }[] = [];
  let open: { start: number; end: number; body: boolean } | undefined;

  const close = (): void => {
    if (open !== undefined) passages.push(passage(document, open.start, open.end, headingText(path), passages.at(-1)));
    open = undefined;
  };

  for (const block of document.blocks) {
    if (block.kind === 'heading') {
      if (open?.body === true) close();
      while ((path.at(-1)?.level ?? -1) >= (block.level ?? 1)) path.pop();
      path.push({ level: block.level ?? 1, title: block.title ?? '' });
      open = { start: open?.start ?? block.start, end: block.end, body: false };
      continue;
    }
    for (const piece of pieces(document.text, block)) {
      const turned = open !== undefined && pageOf(document, piece.start) !== pageOf(document, open.start);
      if (open?.body === true && (turned || piece.end - open.start > FULL)) close();
      open = { start: open?.start ?? piece.start, end: piece.end, body: true };
    }
  }
  close();
  return passages;
}

function passage(
  document: Document,
  start: number,
  end: number,
  heading: string,
  previous: Passage | undefined,
): Passage {
  const { file, lineStarts } = document;
  const line = lineAt(lineStarts, start);
  const id = previous?.line === line ? `${file}:${line}:${partOf(previous.id, previous) + 1}` : `${file}:${line}`;
  return { id, file, line, heading, start, end };
}

function partOf(id: string, { file, line }: Passage): number {
  return Number(id.slice(`${file}:${line}:`.length) || '1');
}

function headingText(path: readonly { title: string }[]): string {
  return path
    .map(({ title }) => title)
    .filter((title) => title !== '')
    .join(' > ');
}

function pageOf({ lineStarts, pageLines }: Document, offset: number): number {
  if (pageLines === undefined) return 0;
  const line = lineAt(lineStarts, offset);
  return pageLines.findLastIndex((first) => first <= line);
}

/** A block, or its parts of at most `LONGEST` characters, cut at a line break, else a sentence end, else a space. */
function pieces(text: string, { start, end }: Block): { start: number; end: number }[] {
  const parts: { start: number; end: number }[] = [];
  let from = start;
  while (end - from > LONGEST) {
    const window = text.slice(from, from + LONGEST);
    const cut = [window.lastIndexOf('\n'), window.lastIndexOf('. ') + 1, window.lastIndexOf(' ')].find(
      (at) => at > LONGEST / 4,
    );
    const to = from + (cut ?? wholeCharacters(window));
    parts.push({ start: from, end: to });
    from = to;
    while (from < end && /\s/.test(text.charAt(from))) from++;
  }
  if (from < end) parts.push({ start: from, end });
  return parts;
}

/** Never between the two halves of a surrogate pair. */
function wholeCharacters(window: string): number {
  return /[\uD800-\uDBFF]$/.test(window) ? window.length - 1 : window.length;
}
