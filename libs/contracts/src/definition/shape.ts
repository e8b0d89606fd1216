import type { z } from 'zod';
import { nearestName } from '../nearest-name.ts';
import { definitionSchema, knownKeys, type SchemaNode } from './schema.ts';
import { WorkflowDefinition } from './workflow.ts';

export type ShapeCode =
  | 'key_unknown'
  | 'kind_unknown'
  | 'limit_exceeded'
  | 'value_invalid'
  | 'value_missing'
  | 'workflow_empty';

/** One way in which a value is not a definition; `pointer` is a JSON Pointer into it. */
export interface ShapeProblem {
  pointer: string;
  code: ShapeCode;
  message: string;
  /** The type of value that should stand there, where another one does. */
  expected?: string;
}

/** Deepest nesting of the JSON of a definition: 100 levels of nodes, of two or three levels of JSON each, around a template. */
const MAX_DEPTH = 400;

type Issue = z.core.$ZodIssue;
type Path = readonly (string | number)[];

/** The definition in a value, defaults filled in, or everything that is wrong with its form. */
export function readDefinition(value: unknown): { definition: WorkflowDefinition } | { problems: ShapeProblem[] } {
  if (!isObject(value)) {
    return {
      problems: [{ pointer: '', code: 'workflow_empty', message: 'a workflow is an object with name and root' }],
    };
  }
  if (isDeeperThan(value, MAX_DEPTH)) {
    const message = `the definition nests deeper than ${MAX_DEPTH} levels of JSON (100 of nodes); take parts of it out`;
    return { problems: [{ pointer: '/root', code: 'limit_exceeded', message }] };
  }
  const result = WorkflowDefinition.safeParse(value);
  if (result.success) return { definition: result.data };
  return { problems: shapeProblems(result.error, value, definitionSchema()) };
}

/** What zod found wrong with a value, told for people: `schema` is the JSON Schema of what was to be read, for the names known in each place. */
export function shapeProblems(error: z.ZodError, value: unknown, schema: SchemaNode): ShapeProblem[] {
  return error.issues.flatMap((issue) => problemsOf(issue, [], { value, schema }));
}

interface Document {
  value: unknown;
  schema: SchemaNode;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Without recursion: what is too deep must not overflow the stack either. */
function isDeeperThan(value: unknown, limit: number): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > limit) return true;
    level = level.flatMap((item) => (typeof item === 'object' && item !== null ? Object.values(item) : []));
  }
  return false;
}

function problemsOf(issue: Issue, base: Path, document: Document): ShapeProblem[] {
  const path = [...base, ...(issue.path as Path)];
  const value = valueAt(document.value, path);
  const problem = (code: ShapeCode, message: string, at: Path = path): ShapeProblem[] => [
    { pointer: at.map((key) => `/${escapeToken(String(key))}`).join(''), code, message },
  ];
  const field = nameOf(path);

  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = knownKeys(document.schema, document.value, path) ?? [];
      return issue.keys.flatMap((key) =>
        problem('key_unknown', `${shown(key)} is not known here${list(key, known)}`, [...path, key]),
      );
    }
    case 'invalid_type':
      if (value === undefined) {
        if (path.join() === 'root') return problem('workflow_empty', 'root is missing: a workflow has a root node');
        return problem('value_missing', `${field} is missing; give ${article(issue.expected)}`);
      }
      return problem('value_invalid', `${field} is ${shown(value)}; it must be ${article(issue.expected)}`).map(
        (one) => ({ ...one, expected: issue.expected }),
      );
    case 'invalid_value': {
      const values = issue.values.map(String);
      if (values.length === 1)
        return problem('value_invalid', `${field} is ${shown(value)}; it must be ${shown(issue.values[0])}`);
      return problem(
        'value_invalid',
        `${field} is ${shown(value)}; it must be one of ${values.join(', ')}${nearest(value, values)}`,
      );
    }
    case 'too_big':
      return problem(
        'limit_exceeded',
        `${field} ${measure(issue.origin, value)}; ${issue.inclusive === false ? 'it must be below' : 'the most is'} ${issue.maximum}`,
      );
    case 'too_small':
      if ((field === 'steps' || field === 'branches') && Array.isArray(value))
        return problem('workflow_empty', `${field} is empty; give at least one node`);
      return problem(
        'limit_exceeded',
        `${field} ${measure(issue.origin, value)}; ${issue.inclusive === false ? 'it must be above' : 'the least is'} ${issue.minimum}`,
      );
    case 'invalid_format':
      return problem('value_invalid', `${field} is ${shown(value)}; it ${issue.message}`);
    case 'invalid_union':
      return unionProblems(issue, path, document, problem);
    default:
      return problem('value_invalid', `${field}: ${issue.message}`);
  }
}

function unionProblems(
  issue: Extract<Issue, { code: 'invalid_union' }>,
  path: Path,
  document: Document,
  problem: (code: ShapeCode, message: string, at?: Path) => ShapeProblem[],
): ShapeProblem[] {
  if (issue.errors.length === 0) {
    const found = valueAt(document.value, path);
    const known = 'options' in issue && Array.isArray(issue.options) ? issue.options.map(String) : [];
    const code = path.at(-1) === 'kind' ? 'kind_unknown' : 'value_invalid';
    if (found === undefined) return problem(code, `${nameOf(path)} is missing; it is one of ${known.join(', ')}`);
    return problem(code, `${nameOf(path)} ${shown(found)} is unknown${list(found, known)}`);
  }
  const forms = issue.errors.filter((errors) => !errors.some(isOutright)).toSorted(byLikeness);
  const [form] = forms;
  if (form !== undefined) return form.flatMap((inner) => problemsOf(inner, path, document));
  const value = valueAt(document.value, path);
  const names = issue.errors
    .flat()
    .flatMap((inner) => (inner.code === 'invalid_value' ? inner.values.map(String) : []));
  const types = issue.errors
    .flat()
    .flatMap((inner) => (inner.code === 'invalid_type' ? [article(inner.expected)] : []));
  const expected = [...new Set([...names, ...types])].join(', ');
  return problem(
    'value_invalid',
    `${nameOf(path)} is ${shown(value)}; it must be one of ${expected}${nearest(value, names)}`,
  );
}

/** The value is of another type than this form, or another word. */
const isOutright = ({ code, path }: Issue): boolean =>
  path.length === 0 && (code === 'invalid_type' || code === 'invalid_value');

/** First the forms that know most of the value's names, then those with the fewest faults. */
const byLikeness = (a: readonly Issue[], b: readonly Issue[]): number =>
  strangersIn(a) - strangersIn(b) || a.length - b.length;

const strangersIn = (issues: readonly Issue[]): number =>
  issues.reduce(
    (sum, issue) => sum + (issue.code === 'unrecognized_keys' && issue.path.length === 0 ? issue.keys.length : 0),
    0,
  );

function nameOf(path: Path): string {
  const last = path.at(-1);
  if (last === undefined) return 'the workflow';
  return typeof last === 'number' ? `entry ${last + 1}` : last;
}

function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string | number, unknown>)[key];
  }
  return value;
}

const escapeToken = (token: string): string => token.replaceAll('~', '~0').replaceAll('/', '~1');

const LONGEST_SHOWN = 60;

function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (isObject(value)) return 'an object';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN - 1)}…` : text;
}

const ARTICLES: Record<string, string> = {
  array: 'a list',
  record: 'an object',
  object: 'an object',
  int: 'a whole number',
};
const article = (type: string): string => ARTICLES[type] ?? `a ${type}`;

function measure(origin: string, value: unknown): string {
  if (origin === 'string') return `has ${String(value).length} characters`;
  if (origin === 'array') return `has ${Array.isArray(value) ? value.length : 0} entries`;
  return `is ${shown(value)}`;
}

const nearest = (value: unknown, names: readonly string[]): string => {
  const name = typeof value === 'string' ? nearestName(value, names) : undefined;
  return name === undefined ? '' : `; the nearest is ${name}`;
};

/** The nearest name first, then all of them while they are few. */
function list(wrong: unknown, names: readonly string[]): string {
  if (names.length === 0) return '; take it out';
  const all = names.length > 30 ? '' : ` (known: ${names.join(', ')})`;
  return `${nearest(wrong, names)}${all}`;
}
