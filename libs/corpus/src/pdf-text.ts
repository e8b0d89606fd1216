import type { Block } from './document.ts';
import { textBlocks } from './text-blocks.ts';

/** The text of a pdf, page after page; `pageStarts` are the offsets at which pages begin. Rejects on a damaged file. */
export async function pdfText(
  bytes: Uint8Array,
): Promise<{ text: string; blocks: Block[]; pageStarts: readonly number[] }> {
  const { extractText, getDocumentProxy } = await import('unpdf');
  // pdf.js takes the buffer away and by default prints its warnings on standard output.
  const pdf = await getDocumentProxy(new Uint8Array(bytes), { verbosity: 0 });
  try {
    const pages = (await extractText(pdf, { mergePages: false })).text;
    let text = '';
    const pageStarts: number[] = [];
    for (const page of pages) {
      pageStarts.push(text.length);
      text += page.endsWith('\n') ? page : `${page}\n`;
    }
    return { text, blocks: textBlocks(text, new Set(pageStarts)), pageStarts };
  } finally {
    await pdf.loadingTask.destroy();
  }
}
