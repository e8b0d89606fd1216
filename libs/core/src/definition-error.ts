export type ProblemCode =
  | 'duplicate_id'
  | 'expression_invalid'
  | 'limit_exceeded'
  | 'no_end'
  | 'no_start'
  | 'policy_violation'
  | 'reference_unknown'
  | 'schema_invalid'
  | 'unbounded_cycle'
  | 'unreachable'
  | 'unsatisfiable';

/** One thing wrong with a definition; `pointer` is a JSON Pointer into it. */
export interface DefinitionProblem {
  pointer: string;
  code: ProblemCode;
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
