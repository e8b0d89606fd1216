/** Where a sentence of the answer comes from. */
export interface Source {
  readonly file: string;
  readonly line: number;
  readonly quote: string;
}

export interface Statement {
  readonly text: string;
  readonly source: Source;
}

/** Put behind a sentence: `[file:line]`. */
export const markerOf = ({ file, line }: Source): string => `[${file}:${line}]`;

/** The answer as text in which every sentence carries its marker, and its citations, each once. */
export function compose(statements: readonly Statement[]): { answer: string; citations: Source[] } {
  const citations = new Map<string, Source>();
  const sentences: string[] = [];
  for (const { text, source } of statements) {
    citations.set(`${markerOf(source)}\n${source.quote}`, source);
    const marker = markerOf(source);
    const plain = text
      .replaceAll(marker, '')
      .replaceAll(/\s+/g, ' ')
      .replaceAll(/ (?=[.,;:!?])/g, '')
      .trim();
    sentences.push(`${plain} ${marker}`);
  }
  return { answer: sentences.join('\n'), citations: [...citations.values()] };
}
