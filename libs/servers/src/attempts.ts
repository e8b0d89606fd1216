/** One place where a server was looked for, and why it did not do. */
export interface Attempt {
  where: string;
  outcome: string;
}

/** One indented line per attempt; an outcome of several lines is folded to its first. */
export function describeAttempts(attempts: readonly Attempt[]): string {
  return attempts.map(({ where, outcome }) => `  - ${where}: ${firstLine(outcome)}`).join('\n');
}

/** The first line with content, without surrounding space. */
export function firstLine(text: string): string {
  return (
    text
      .split('\n')
      .map((line) => line.trim())
      .find((line) => line !== '') ?? 'no message'
  );
}
