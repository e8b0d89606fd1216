/** One thing wrong with a definition; `pointer` is a JSON Pointer into it. */
export interface DefinitionProblem {
  pointer: string;
  code: 'duplicate_id' | 'limit_exceeded' | 'reference_unknown' | 'schema_invalid';
  message: string;
}

/** Everything that is wrong with a definition, at once. */
export class DefinitionError extends Error {
  override readonly name = 'DefinitionError';
  readonly problems: readonly DefinitionProblem[];

  constructor(problems: readonly DefinitionProblem[]) {
    super(problems.map(({ pointer, message }) => `${pointer}: ${message}`).join('\n'));
    this.problems = problems;
  }
}
