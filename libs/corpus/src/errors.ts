export type CorpusErrorCode =
  | 'folder_missing'
  | 'not_a_folder'
  | 'folder_unreadable'
  | 'folder_empty'
  | 'too_many_files'
  | 'folder_too_large'
  | 'tool_arg_forbidden'
  | 'tool_arg_invalid'
  | 'file_unknown'
  | 'line_out_of_range';

export interface CorpusFault {
  readonly code: CorpusErrorCode;
  /** Which input is wrong: `folder`, `file`, `line` or `context`. */
  readonly field: string;
  /** What it was, at most 200 characters. */
  readonly value: string;
  readonly message: string;
  readonly fix: string;
}

/** A folder that is no corpus, or a request outside it; the message is one line with field, value and fix. */
export class CorpusError extends Error {
  override readonly name = 'CorpusError';
  readonly code: CorpusErrorCode;
  readonly field: string;
  readonly value: string;
  readonly fix: string;

  constructor({ code, field, value, message, fix }: CorpusFault, options?: ErrorOptions) {
    const shown = value.length > 200 ? `${value.slice(0, 199)}…` : value;
    super(`${field} ${JSON.stringify(shown)}: ${message}; fix: ${fix}`, options);
    this.code = code;
    this.field = field;
    this.value = shown;
    this.fix = fix;
  }
}
