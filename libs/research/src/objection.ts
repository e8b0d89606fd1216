interface Citation {
  readonly file: string;
  readonly line: number;
  readonly quote: string;
}

interface Candidate {
  readonly answered: boolean;
  readonly answer: string;
  readonly citations: readonly Citation[];
}

interface Checked {
  readonly ok: boolean;
  readonly reason?: string | undefined;
  readonly foundAt?: number | undefined;
}

const SHOWN = 80;

/** Why an answer cannot be accepted, or undefined. `results` belong to its citations, in order. */
export function objectionTo(
  { answered, answer, citations }: Candidate,
  results: readonly Checked[],
): string | undefined {
  if (answer.trim() === '') return 'the answer is empty';
  if (!answered) return citations.length === 0 ? undefined : 'an answer that claims nothing must cite nothing';
  if (citations.length === 0) return 'the answer cites nothing';
  for (const [i, citation] of citations.entries()) {
    const marker = `[${citation.file}:${citation.line}]`;
    const result = results[i];
    if (result?.ok !== true)
      return `citation ${marker} "${citation.quote.slice(0, SHOWN)}" does not hold: ${faultOf(result)}`;
    if (!answer.includes(marker)) return `the answer does not use its citation ${marker}`;
  }
  const bare = answer
    .split('\n')
    .find((line) => line.trim() !== '' && !citations.some(({ file, line: at }) => line.includes(`[${file}:${at}]`)));
  return bare === undefined ? undefined : `a sentence has no citation: "${bare.trim().slice(0, SHOWN)}"`;
}

function faultOf(result: Checked | undefined): string {
  if (result?.foundAt !== undefined) return `it stands on line ${result.foundAt}`;
  return result?.reason ?? 'it was not checked';
}
