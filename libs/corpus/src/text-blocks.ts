import type { Block } from './document.ts';
import { splitLines } from './markdown-blocks.ts';

/** Paragraphs of a plain text: what stands between blank lines, and never across one of the offsets in `breaks`. */
export function textBlocks(source: string, breaks: ReadonlySet<number> = new Set()): Block[] {
  const blocks: Block[] = [];
  let open: { kind: 'paragraph'; start: number; end: number } | undefined;
  for (const { start, text } of splitLines(source)) {
    if (text.trim() === '' || breaks.has(start)) open = undefined;
    if (text.trim() === '') continue;
    const end = start + text.trimEnd().length;
    if (open === undefined) {
      open = { kind: 'paragraph', start: start + text.length - text.trimStart().length, end };
      blocks.push(open);
    } else {
      open.end = end;
    }
  }
  return blocks;
}
