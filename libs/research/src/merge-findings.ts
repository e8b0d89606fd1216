/** A finding with the question it was found for. */
export interface Finding {
  readonly question: string;
  readonly claim: string;
  readonly quote: string;
  readonly file: string;
  readonly line: number;
  readonly confidence: number;
  readonly heading: string;
}

export interface Research {
  readonly question: string;
  readonly findings: readonly Omit<Finding, 'question'>[];
}

/** All findings once, the surest first; of the same quote the surest stays. Ties keep their order. */
export function mergeFindings(research: readonly Research[]): Finding[] {
  const all = research.flatMap(({ question, findings }) => findings.map((finding) => ({ question, ...finding })));
  const best = new Map<string, Finding>();
  for (const finding of all) {
    const key = sourceKey(finding);
    if ((best.get(key)?.confidence ?? -1) < finding.confidence) best.set(key, finding);
  }
  return [...best.values()].toSorted((a, b) => b.confidence - a.confidence);
}

/** Equal for the same words in the same file, however they are spaced. */
export const sourceKey = ({ file, quote }: { readonly file: string; readonly quote: string }): string =>
  `${file}\n${quote.replaceAll(/\s+/g, ' ').trim()}`;
