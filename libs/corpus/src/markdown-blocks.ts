import type { Block, BlockKind } from './document.ts';

const FENCE = /^ {0,3}(`{3,}|~{3,})/;
const HEADING = /^ {0,3}(#{1,6})(?:[ \t]|$)/;
const SETEXT = /^ {0,3}(=+|-+)[ \t]*$/;
const ITEM = /^[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?/;
const QUOTE = /^ {0,3}(?:>[ \t]?)+/;
const ROW = /^[ \t]*\|/;
const RULE = /^ {0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$/;
const LINK_DEFINITION = /^ {0,3}\[[^\]]+\]:[ \t]/;

/** Of a heading, in characters; what follows is no title. */
const LONGEST_TITLE = 300;

interface Line {
  readonly start: number;
  /** Without the line break. */
  readonly text: string;
}

/** Headings, paragraphs, list items, tables and code of a markdown text; front matter and comments are left out. */
export function markdownBlocks(source: string): Block[] {
  const blocks: Block[] = [];
  const lines = splitLines(source);
  let open: { kind: BlockKind; start: number; end: number } | undefined;
  let index = frontMatterEnd(lines);

  const close = (): void => {
    if (open !== undefined && open.end > open.start) blocks.push(open);
    open = undefined;
  };
  const begin = (kind: BlockKind, start: number, end: number): void => {
    close();
    open = { kind, start, end };
  };

  for (; index < lines.length; index++) {
    const { start, text } = lines[index] ?? { start: 0, text: '' };
    const end = start + text.trimEnd().length;
    const fence = FENCE.exec(text)?.[1];
    if (fence !== undefined) {
      const last = fenceEnd(lines, index, fence);
      const stop = lines[last];
      begin('code', start, stop === undefined ? end : stop.start + stop.text.trimEnd().length);
      close();
      index = last;
      continue;
    }
    if (text.trimStart().startsWith('<!--') && open === undefined) {
      index = commentEnd(lines, index);
      continue;
    }
    const heading = HEADING.exec(text);
    if (heading !== null) {
      close();
      blocks.push({
        kind: 'heading',
        start,
        end,
        level: heading[1]?.length ?? 1,
        title: plain(headingWords(text.slice(heading[0].length))),
      });
      continue;
    }
    const underline = open?.kind === 'paragraph' ? SETEXT.exec(text)?.[1] : undefined;
    if (underline !== undefined && open !== undefined) {
      const title = plain(source.slice(open.start, open.end));
      blocks.push({ kind: 'heading', start: open.start, end, level: underline.startsWith('=') ? 1 : 2, title });
      open = undefined;
      continue;
    }
    if (text.trim() === '' || RULE.test(text) || LINK_DEFINITION.test(text)) {
      close();
      continue;
    }
    if (ROW.test(text)) {
      if (open?.kind === 'table') open.end = end;
      else begin('table', start, end);
      continue;
    }
    const marker = ITEM.exec(text)?.[0];
    if (marker !== undefined) {
      begin('item', start + marker.length, end);
      continue;
    }
    if (open === undefined || open.kind === 'table') {
      const indent = QUOTE.exec(text)?.[0].length ?? text.length - text.trimStart().length;
      // A line indented by four or more after a blank one is code, but for the further paragraphs of a list item.
      const code = /^(?: {4}|\t)/.test(text) && blocks.at(-1)?.kind !== 'item';
      begin(code ? 'code' : 'paragraph', start + (code ? 0 : indent), end);
    } else {
      open.end = end;
    }
  }
  close();
  return blocks;
}

/** Without the closing run of `#`. */
function headingWords(text: string): string {
  const words = text.trim();
  const bare = words.slice(0, words.length - (/#{1,100}$/.exec(words.slice(-100))?.[0].length ?? 0));
  return bare === '' || /[ \t]$/.test(bare.slice(-1)) ? bare.trimEnd() : words;
}

/** Words of a heading without emphasis, code marks and link targets. */
function plain(markup: string): string {
  return markup
    .slice(0, LONGEST_TITLE)
    .replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/[`*]|<[^>]{1,200}>/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

export function splitLines(source: string): Line[] {
  const lines: Line[] = [];
  for (let start = 0; start < source.length;) {
    const newline = source.indexOf('\n', start);
    const end = newline === -1 ? source.length : newline;
    lines.push({ start, text: source.slice(start, source[end - 1] === '\r' && end > start ? end - 1 : end) });
    start = end + 1;
  }
  return lines;
}

function frontMatterEnd(lines: readonly Line[]): number {
  if (lines[0]?.text.replace(/^\uFEFF/, '').trimEnd() !== '---') return 0;
  const end = lines.findIndex(({ text }, index) => index > 0 && /^(?:---|\.\.\.)\s*$/.test(text));
  return end === -1 || end > 200 ? 0 : end + 1;
}

function fenceEnd(lines: readonly Line[], from: number, fence: string): number {
  for (let index = from + 1; index < lines.length; index++) {
    const mark = (lines[index]?.text ?? '').trim();
    if (mark.startsWith(fence) && mark.replaceAll(fence.charAt(0), '') === '') return index;
  }
  return lines.length - 1;
}

function commentEnd(lines: readonly Line[], from: number): number {
  for (let index = from; index < lines.length; index++) if ((lines[index]?.text ?? '').includes('-->')) return index;
  return from;
}
