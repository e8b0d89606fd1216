import { readFile } from 'node:fs/promises';
import { type Block, type Document, findLineStarts, lineAt } from './document.ts';
import { htmlText } from './html-text.ts';
import { markdownBlocks } from './markdown-blocks.ts';
import { pdfText } from './pdf-text.ts';
import { textBlocks } from './text-blocks.ts';
import type { Candidate, SkipReason } from './walk-folder.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads one file, or says why it cannot be a document; never rejects. */
export async function readDocument({ file, path, kind }: Candidate): Promise<Document | SkipReason> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch {
    return 'unreadable';
  }
  try {
    if (kind === 'pdf') return await readPdf(file, bytes);
    const source = decode(bytes);
    if (source === undefined) return 'binary';
    if (kind === 'html') {
      const { text, blocks } = htmlText(source);
      return document(file, kind, text, blocks);
    }
    return document(file, kind, source, kind === 'markdown' ? markdownBlocks(source) : textBlocks(source));
  } catch {
    return 'unreadable';
  }
}

async function readPdf(file: string, bytes: Uint8Array): Promise<Document | SkipReason> {
  if (bytes.length === 0) return 'no_text';
  if (!Buffer.from(bytes.subarray(0, 1_024)).includes('%PDF-')) return 'binary';
  const { text, blocks, pageStarts } = await pdfText(bytes);
  const read = document(file, 'pdf', text, blocks);
  if (typeof read === 'string') return read;
  return { ...read, pageLines: pageStarts.map((start) => lineAt(read.lineStarts, start)) };
}

function document(file: string, kind: Document['kind'], text: string, blocks: Block[]): Document | SkipReason {
  if (blocks.length === 0) return 'no_text';
  return { file, kind, text, lineStarts: findLineStarts(text), blocks };
}

/** Undefined when it is not UTF-8 text: then no quote could be compared. */
function decode(bytes: Uint8Array): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}
