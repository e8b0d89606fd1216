import { type HTMLElement, type Node, NodeType, parse, TextNode } from 'node-html-parser';
import type { Block, BlockKind } from './document.ts';
import { parserSource } from './html-source.ts';

const UNSEEN = new Set([
  'SCRIPT',
  'STYLE',
  'NOSCRIPT',
  'TEMPLATE',
  'SVG',
  'IFRAME',
  'OBJECT',
  'SELECT',
  'META',
  'LINK',
  'BASE',
]);
const HEADINGS = new Map([
  ['TITLE', 0],
  ['H1', 1],
  ['H2', 2],
  ['H3', 3],
  ['H4', 4],
  ['H5', 5],
  ['H6', 6],
]);
const BLOCKS = new Map<string, BlockKind>([
  ...['TITLE', 'H1', 'H2', 'H3', 'H4', 'H5', 'H6'].map((tag) => [tag, 'heading'] as const),
  ...['LI', 'DT', 'DD', 'FIGCAPTION', 'CAPTION'].map((tag) => [tag, 'item'] as const),
  ...['TR'].map((tag) => [tag, 'table'] as const),
  ...['PRE', 'TEXTAREA'].map((tag) => [tag, 'code'] as const),
  ...[
    'P',
    'DIV',
    'BODY',
    'SECTION',
    'ARTICLE',
    'ASIDE',
    'HEADER',
    'FOOTER',
    'MAIN',
    'NAV',
    'UL',
    'OL',
    'DL',
    'TABLE',
    'THEAD',
  ].map((tag) => [tag, 'paragraph'] as const),
  ...[
    'TBODY',
    'TFOOT',
    'BLOCKQUOTE',
    'FIGURE',
    'FORM',
    'FIELDSET',
    'DETAILS',
    'SUMMARY',
    'ADDRESS',
    'HR',
    'HTML',
    'HEAD',
  ].map((tag) => [tag, 'paragraph'] as const),
]);

/**
 * The visible text of an html file with every line break of the file kept, and its blocks.
 *
 * Entities are decoded and tags dropped, nothing else is changed, so a sentence without markup inside stands verbatim in
 * the file too. Cells of a table row are parted by ` | `, blocks on one line by a space.
 */
export function htmlText(file: string): { text: string; blocks: Block[] } {
  const source = parserSource(file);
  const blocks: Block[] = [];
  const parts: string[] = [];
  let length = 0;
  /** How far into the source the line breaks have been copied. */
  let copied = 0;
  let newline = nextBreak(source, 0);
  let open: { kind: BlockKind; start: number; level?: number } = { kind: 'paragraph', start: 0 };
  let parent: { kind: BlockKind; level?: number } = { kind: 'paragraph' };

  const emit = (text: string): void => {
    parts.push(text);
    length += text.length;
  };
  /** Line breaks inside tags, comments and unseen elements count too. */
  const copyBreaks = (upTo: number): void => {
    // Looked up once per line break, not per call: a file may be one endless line.
    for (; newline < upTo; newline = nextBreak(source, newline + 1)) if (newline >= copied) emit('\n');
    copied = Math.max(copied, upTo);
  };
  const turn = (next: { kind: BlockKind; level?: number }): void => {
    blocks.push({ ...open, end: length });
    if (length > open.start && parts.at(-1) !== '\n') emit(' ');
    open = { ...next, start: length };
    parent = next;
  };

  const visit = (node: Node): void => {
    if (node.nodeType === NodeType.TEXT_NODE) {
      const [start, end] = node.range;
      copyBreaks(start);
      if (/^\s*<!doctype/i.test(source.slice(start, start + 40))) return;
      emit(decode((node as TextNode).rawText));
      copied = end;
      return;
    }
    if (node.nodeType !== NodeType.ELEMENT_NODE) return;
    const element = node as HTMLElement;
    const tag = (element.rawTagName ?? '').toUpperCase();
    if (UNSEEN.has(tag)) return;
    const kind = BLOCKS.get(tag);
    const level = HEADINGS.get(tag);
    const outer = parent;
    // Paragraphs inside an item, a row or code belong to it.
    const own =
      kind === 'paragraph' && ['item', 'table', 'code'].includes(outer.kind)
        ? outer
        : { kind: kind ?? outer.kind, ...(level === undefined ? {} : { level }) };
    if (kind !== undefined) turn(own);
    if (tag === 'BR' && parts.at(-1) !== '\n') emit(' ');
    if ((tag === 'TD' || tag === 'TH') && length > open.start) emit(' | ');
    for (const child of element.childNodes) visit(child);
    if (kind !== undefined) turn(outer);
  };

  visit(parse(source, { comment: false, blockTextElements: { script: true, style: true, noscript: true } }));
  turn(parent);
  copyBreaks(source.length);
  const text = parts.join('');
  return { text, blocks: blocks.flatMap((block) => trimmed(block, text)) };
}

function nextBreak(source: string, from: number): number {
  const at = source.indexOf('\n', from);
  return at === -1 ? Infinity : at;
}

/** An encoded line break becomes a space, or the line numbers would drift. */
function decode(raw: string): string {
  return new TextNode(raw.replaceAll(/&(?:#0*10|#x0*a|NewLine);/gi, ' '), null).text;
}

function trimmed(block: Block, text: string): Block[] {
  const inner = text.slice(block.start, block.end);
  const start = block.start + inner.length - inner.trimStart().length;
  const end = block.start + inner.trimEnd().length;
  if (end <= start) return [];
  if (block.kind !== 'heading') return [{ ...block, start, end }];
  return [{ ...block, start, end, title: text.slice(start, end).replaceAll(/\s+/g, ' ') }];
}
