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
}

/** Something does not fit its contract. */
export class ContractError extends Error {
  override readonly name = 'ContractError';
  readonly code: ErrorCode;
  readonly field: string | undefined;

  constructor(code: ErrorCode, message: string, options: ErrorOptions & { field?: string } = {}) {
    super(message, options);
    this.code = code;
    this.field = options.field;
  }

  toProblem(): Problem {
    return { code: this.code, message: this.message, ...(this.field === undefined ? {} : { field: this.field }) };
  }
}
