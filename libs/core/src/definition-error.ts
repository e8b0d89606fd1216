import type { ShapeCode } from '@parley/contracts';

export type ProblemCode =
  | ShapeCode
  | 'duplicate_id'
  | 'expression_invalid'
  | 'no_end'
  | 'no_start'
  | 'policy_violation'
  | 'reference_unknown'
  | 'schema_forbidden'
  | 'schema_invalid'
  | 'secret_inline'
  | 'unbounded_cycle'
  | 'unreachable'
  | 'unsatisfiable'
  | 'wait_invalid';

/** One thing wrong with a definition; `pointer` is a JSON Pointer into it. */
export interface DefinitionProblem {
  pointer: string;
  code: ProblemCode;
  message: string;
  /** Character of the text at `pointer` that is at fault, from 0. */
  offset?: number;
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
