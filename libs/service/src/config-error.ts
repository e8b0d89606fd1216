/** One wrong variable: what it was, what is wrong with it and what to set instead. */
export interface ConfigProblem {
  readonly variable: string;
  /** As it may be shown: `undefined` when unset, `[secret]` for secrets, credentials in URLs masked, at most 80 characters. */
  readonly value: string | undefined;
  readonly message: string;
  readonly fix: string;
}

/** The process cannot start with this configuration; `runService` prints one line per problem and exits 78. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'config_invalid';
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[], options?: ErrorOptions) {
    super(problems.map(problemLine).join('\n'), options);
    this.problems = problems;
  }
}

/** The single line an operator reads for a problem. */
export function problemLine({ variable, value, message, fix }: ConfigProblem): string {
  const shown = value === undefined ? 'is not set' : `= ${JSON.stringify(value)}`;
  return oneLine(`${variable} ${shown}: ${message}; fix: ${fix}`);
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*[\r\n]+\s*/g, ' ');
}
