import type { ProblemCode } from '@parley/core';

export type FileProblemCode =
  | ProblemCode
  | 'encoding_invalid'
  | 'form_unknown'
  | 'json_invalid'
  | 'key_duplicate'
  | 'key_forbidden'
  | 'yaml_invalid'
  | 'yaml_unsupported';

/** One thing wrong with a workflow file; `field` is a JSON Pointer into the file as it is written. Lines and columns count from 1. */
export interface FileProblem {
  file: string;
  line: number;
  column: number;
  field: string;
  code: FileProblemCode;
  message: string;
}

/** `workflows/x.yaml:12:7: message (code)`, as compilers and editors have it. */
export const problemLine = ({ file, line, column, code, message }: FileProblem): string =>
  `${file}:${line}:${column}: ${message} (${code})`;

/** Problems of one file that are told. */
const MAX_TOLD = 100;

/** What is wrong with a workflow file, by line: all of it, or the first hundred problems and how many there are. */
export class WorkflowFileError extends Error {
  override readonly name = 'WorkflowFileError';
  readonly problems: readonly FileProblem[];
  readonly count: number;

  constructor(problems: readonly FileProblem[], options?: ErrorOptions) {
    const told = problems.slice(0, MAX_TOLD);
    super(told.map(problemLine).join('\n'), options);
    this.problems = told;
    this.count = problems.length;
  }
}
