import { readFileSync } from 'node:fs';
import { ConfigError, type ConfigProblem } from './config-error.ts';
import type { Parsed, Variable } from './env.ts';
import { nearestName } from './nearest-name.ts';

/** The environment as `process.env` has it. */
export type Environment = Readonly<Record<string, string | undefined>>;

type Schema = Readonly<Record<string, Variable<unknown>>>;

/** What a schema reads to. */
export type Config<S extends Schema> = { readonly [K in keyof S]: S[K] extends Variable<infer T> ? T : never };

/** A `PARLEY_*` variable that nothing reads, and the known one it resembles. */
export interface ConfigWarning {
  readonly variable: string;
  readonly nearest: string | undefined;
}

/** Reads a configuration from an environment; a pure function but for secrets given as files. */
export interface ConfigReader<S extends Schema = Schema> {
  /** Throws one `ConfigError` that names every wrong variable. */
  (environment: Environment, readFile?: (path: string) => string): Config<S>;
  /** Every variable it looks at, the `_FILE` forms included. */
  readonly variables: readonly string[];
  /** The `PARLEY_*` variables of the environment that neither this reader nor `runService` knows. */
  warnings(environment: Environment): ConfigWarning[];
}

/** Variables that `runService` itself reads, so that they are never reported as unknown. */
export const RUNTIME_VARIABLES = ['PARLEY_HTTP_PORT', 'PARLEY_LOG_LEVEL', 'PARLEY_SHUTDOWN_MS'] as const;

/** Makes a reader from a schema of `env.*` variables; all faults are reported at once. */
export function defineConfig<const S extends Schema>(schema: S): ConfigReader<S> {
  const variables = Object.values(schema).flatMap(({ variable, secret }) =>
    secret ? [variable, `${variable}_FILE`] : [variable],
  );

  function readConfig(environment: Environment, readFile = readTextFile): Config<S> {
    const problems: ConfigProblem[] = [];
    const values: Record<string, unknown> = {};
    for (const [key, definition] of Object.entries(schema)) {
      const outcome = readVariable(definition, environment, readFile);
      if ('problem' in outcome) problems.push(outcome.problem);
      else values[key] = outcome.value;
    }
    if (problems.length > 0) throw new ConfigError(problems);
    return values as Config<S>;
  }

  return Object.assign(readConfig, {
    variables,
    warnings(environment: Environment): ConfigWarning[] {
      const known = [...variables, ...RUNTIME_VARIABLES];
      return Object.keys(environment)
        .filter((name) => name.startsWith('PARLEY_') && environment[name] !== undefined && !known.includes(name))
        .toSorted()
        .map((variable) => ({ variable, nearest: nearestName(variable, known) }));
    },
  });
}

type Outcome = { value: unknown } | { problem: ConfigProblem };

function readVariable(
  definition: Variable<unknown>,
  environment: Environment,
  readFile: (path: string) => string,
): Outcome {
  const { variable, secret, fallback, example } = definition;
  let text = environment[variable] ?? '';
  const path = secret ? (environment[`${variable}_FILE`] ?? '') : '';
  if (path !== '') {
    const wrong = (message: string, fix: string): Outcome => ({
      problem: { variable: `${variable}_FILE`, value: shown(path, false), message, fix },
    });
    if (text !== '')
      return wrong(`is set together with ${variable}`, `set only one of ${variable} and ${variable}_FILE`);
    try {
      text = readFile(path).replace(/\r?\n$/, '');
    } catch (error) {
      return wrong(`cannot be read (${errorCode(error)})`, 'name a file that this process may read');
    }
    if (text === '') return wrong('names an empty file', 'put the secret into the file');
  }
  if (text === '') {
    if (fallback !== undefined) return { value: fallback.value };
    return { problem: { variable, value: undefined, message: 'is required', fix: `set ${variable} to ${example}` } };
  }
  const parsed: Parsed<unknown> = definition.parse(text);
  if ('value' in parsed) return { value: parsed.value };
  return { problem: { variable, value: shown(text, secret), message: parsed.message, fix: parsed.fix } };
}

function shown(text: string, secret: boolean): string {
  if (secret) return '[secret]';
  const masked = text.replaceAll(/\/\/[^/\s]*@/g, '//***@');
  return masked.length > 80 ? `${masked.slice(0, 79)}…` : masked;
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

function readTextFile(path: string): string {
  return readFileSync(path, 'utf8');
}
