import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type FileProblem, type Known, readWorkflow, type ReadWorkflow, WorkflowFileError } from '@parley/workflow';
import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';

/** A workflow file: what it defines, or what is wrong with it. */
export type WorkflowFile = { readonly file: string } & (
  | ({ readonly ok: true } & ReadWorkflow)
  | { readonly ok: false; readonly problems: readonly FileProblem[]; readonly count: number }
);

/** The JSON Schema that lies beside workflow files: no workflow, though `workflows/*` names it. */
const SCHEMA_FILE = 'schema.json';

/** Reads workflow files, good and bad; a folder stands for every YAML file in it, however deep. Throws `CliError` for one that cannot be read at all. */
export async function readFiles(paths: readonly string[], known?: Known): Promise<WorkflowFile[]> {
  const read: WorkflowFile[] = [];
  for (const file of (await Promise.all(paths.map(filesIn))).flat()) {
    if (basename(file) === SCHEMA_FILE) continue;
    const source = await sourceOf(file);
    try {
      read.push({ file, ok: true, ...readWorkflow(source, file, known) });
    } catch (error) {
      if (!(error instanceof WorkflowFileError)) throw error;
      read.push({ file, ok: false, problems: error.problems, count: error.count });
    }
  }
  return read;
}

async function filesIn(path: string): Promise<string[]> {
  // What is not there is told when it is read.
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) return [path];
  const names = await readdir(path, { recursive: true });
  return names
    .filter((name) => /\.ya?ml$/.test(name))
    .toSorted()
    .map((name) => join(path, name));
}

async function sourceOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    throw new CliError(
      {
        exit: code === 'EACCES' ? EXIT.noPermission : EXIT.noInput,
        code: 'file_unreadable',
        field: 'file',
        value: file,
        message: `the file cannot be read (${code})`,
        fix: 'name a workflow file that exists and may be read',
      },
      { cause },
    );
  }
}
