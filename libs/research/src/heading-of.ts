import type { ToolCallResult } from '@parley/agent';
import { z } from 'zod';

const Hits = z.object({ hits: z.array(z.object({ file: z.string(), heading: z.string(), text: z.string() })) });

/** The headings above a quote, as a search of the conversation gave them; empty when none did. */
export function headingOf(
  toolResults: readonly ToolCallResult[],
  { file, quote }: { file: string; quote: string },
): string {
  for (const { tool, content } of toolResults) {
    if (tool !== 'search_corpus') continue;
    const hit = hitsIn(content).find((candidate) => candidate.file === file && candidate.text.includes(quote));
    if (hit !== undefined) return hit.heading;
  }
  return '';
}

function hitsIn(content: string): z.infer<typeof Hits>['hits'] {
  try {
    return Hits.parse(JSON.parse(content)).hits;
  } catch {
    // A fault, or a list that was cut.
    return [];
  }
}
