import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';
import { requireToken } from '../target.ts';

/** A workflow by name, or by name and version: `research`, `research@3`. */
export interface WorkflowReference {
  readonly name: string;
  readonly version?: number;
}

export function parseReference(text: string): WorkflowReference {
  const cut = text.indexOf('@');
  if (cut < 0) return { name: requireToken('workflow', text) };
  const name = requireToken('workflow', text.slice(0, cut));
  const version = /^[1-9]\d{0,8}$/.test(text.slice(cut + 1)) ? Number(text.slice(cut + 1)) : undefined;
  if (version !== undefined) return { name, version };
  throw new CliError({
    exit: EXIT.usage,
    code: 'version_invalid',
    field: 'workflow',
    value: text,
    message: 'after @ stands the number of a version',
    fix: `see parley workflows show ${name}`,
  });
}
