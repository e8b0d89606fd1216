import {
  canonicalJson,
  digestOf,
  type Json,
  readDefinition,
  type ShapeProblem,
  type WorkflowDefinition,
} from '@parley/contracts';
import { compilePlan, DefinitionError, type DefinitionProblem } from '@parley/core';
import { type FileProblem, WorkflowFileError } from './file-problem.ts';
import { type Compiled, FORMS, originOf } from './forms.ts';
import { type Known, unknownNames } from './known-names.ts';
import { parseDocument } from './parse-document.ts';
import type { Places } from './places.ts';

/** A definition that passed every check that needs no running system. */
export interface ReadWorkflow {
  readonly definition: WorkflowDefinition;
  /** By which runs are pinned: the same for every way to write the same definition. */
  readonly digest: string;
  /** Capabilities and agents that nobody has registered; empty when none are `known`. */
  readonly warnings: readonly FileProblem[];
}

/**
 * Reads a workflow file: YAML, or JSON when the name ends in `.json`. Throws `WorkflowFileError` with everything that is wrong with it, each with its line
 * and column. `known` names what is registered: what it lacks comes as `warnings`.
 */
export function readWorkflow(source: string, file: string, known?: Known): ReadWorkflow {
  const { value, places, problems: syntax } = parseDocument(source, file);
  const fail = (problems: readonly FileProblem[]): WorkflowFileError =>
    new WorkflowFileError([...syntax, ...problems].toSorted((a, b) => a.line - b.line || a.column - b.column));
  if (value === undefined) throw fail([]);

  const compiled = compileForm(value);
  const locate = (problems: readonly Located[], origins: Compiled['origins'] = []): FileProblem[] =>
    problems.map((problem) => locateProblem(problem, file, places, origins));
  if ('problems' in compiled) throw fail(locate(compiled.problems));
  const read = readDefinition(compiled.value);
  if ('problems' in read) throw fail(locate(read.problems, compiled.origins));
  const { definition } = read;
  const digest = digestOf(canonicalJson(definition));
  try {
    compilePlan(definition, digest);
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error;
    throw fail(locate(error.problems, compiled.origins));
  }
  if (syntax.length > 0) throw fail([]);
  const warnings = known === undefined ? [] : locate(unknownNames(definition, known), compiled.origins);
  return { definition, digest, warnings };
}

type Located = (DefinitionProblem | ShapeProblem | { pointer: string; code: 'form_unknown'; message: string }) & {
  offset?: number;
  expected?: string;
};

function compileForm(value: Json): Compiled | { problems: readonly Located[] } {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    return { problems: [{ pointer: '', code: 'workflow_empty', message: 'a workflow is a map with name and root' }] };
  }
  const { $schema: _schema, ...document } = value;
  const keys = FORMS.map(({ key }) => key);
  const [form, second] = FORMS.filter(({ key }) => Object.hasOwn(document, key));
  if (form === undefined) {
    const message = `a workflow has one of ${keys.join(', ')}, and this one has none`;
    return { problems: [{ pointer: '', code: 'workflow_empty', message }] };
  }
  if (second !== undefined) {
    const message = `a workflow has one of ${keys.join(', ')}; ${form.key} and ${second.key} do not go together`;
    return { problems: [{ pointer: `/${second.key}`, code: 'form_unknown', message }] };
  }
  const { [form.key]: body = null, ...rest } = document;
  try {
    return form.compile(rest, body);
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error;
    return { problems: error.problems.map((problem) => ({ ...problem, pointer: `/${form.key}${problem.pointer}` })) };
  }
}

/** Faults that are told of a name, not of what it holds. */
const OF_NAMES = new Set(['form_unknown', 'key_unknown', 'unreachable']);

function locateProblem(problem: Located, file: string, places: Places, origins: Compiled['origins']): FileProblem {
  const field = originOf(problem.pointer, origins);
  const { code, message, offset, expected } = problem;
  const position = OF_NAMES.has(code) ? places.ofKey(field) : places.ofValue(field, offset);
  const plain = file.endsWith('.json') ? undefined : places.plainText(field);
  if (expected === 'string' && plain !== undefined) {
    const name = field.slice(field.lastIndexOf('/') + 1);
    const text = `${name} is a text, and ${plain} without quotes is none in YAML; write "${plain}"`;
    return { file, ...position, field, code: 'yaml_unsupported', message: text };
  }
  return { file, ...position, field, code, message };
}
