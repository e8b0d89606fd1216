/** Stable codes of errors that cross a process boundary. Callers switch on the code, never on the text. */
export type ErrorCode =
  | 'body_required'
  | 'encoding_invalid'
  | 'json_invalid'
  | 'json_too_deep'
  | 'key_forbidden'
  | 'text_invalid'
  | 'message_invalid'
  | 'subject_invalid'
  | 'subject_mismatch'
  | 'payload_too_large'
  | 'definition_invalid'
  | 'workflow_unknown'
  | 'run_unknown'
  | 'run_settled'
  | 'inbox_full'
  | 'id_conflict'
  | 'state_conflict'
  | 'not_found'
  | 'unavailable'
  | 'internal';

/** A typed error as it travels: the answer to a bad request, the reason in a dead letter. */
export interface Problem {
  code: ErrorCode;
  message: string;
  /** JSON Pointer to the wrong field, where there is one. */
  field?: string;
  /** All that is wrong, where it is more than one thing. */
  problems?: readonly FieldProblem[];
}

/** One thing wrong with a value that was sent; `pointer` is a JSON Pointer into it. */
export interface FieldProblem {
  pointer: string;
  code: string;
  message: string;
  /** Character of the text at `pointer` that is at fault, from 0. */
  offset?: number;
}

/** Most problems that one answer tells; its `message` says how many there are. */
export const MAX_PROBLEMS = 100;

/** Something does not fit its contract. */
export class ContractError extends Error {
  override readonly name = 'ContractError';
  readonly code: ErrorCode;
  readonly field: string | undefined;
  readonly problems: readonly FieldProblem[] | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: ErrorOptions & { field?: string; problems?: readonly FieldProblem[] } = {},
  ) {
    super(message, options);
    this.code = code;
    this.field = options.field;
    this.problems = options.problems;
  }

  toProblem(): Problem {
    const { code, message, field, problems } = this;
    return {
      code,
      message,
      ...(field === undefined ? {} : { field }),
      ...(problems === undefined ? {} : { problems: problems.slice(0, MAX_PROBLEMS) }),
    };
  }
}
