import { Secret } from './secret.ts';

/** Outcome of reading one variable's text. */
export type Parsed<T> = { readonly value: T } | { readonly message: string; readonly fix: string };

/** How one variable becomes one value; made by `env.*`, read by `defineConfig`. */
export interface Variable<T> {
  readonly variable: string;
  readonly secret: boolean;
  /** What an unset (or empty) variable means: a value, or a fault. */
  readonly fallback: { readonly value: T } | undefined;
  /** Said when it is required and unset. */
  readonly example: string;
  readonly parse: (text: string) => Parsed<T>;
}

/** Without either option the variable is required. */
export interface Presence<T> {
  readonly default?: T;
  readonly optional?: boolean;
}

type Read<T, O> = O extends { readonly default: T } ? T : O extends { readonly optional: true } ? T | undefined : T;

interface NumberRange {
  readonly min?: number;
  readonly max?: number;
}

interface UrlOptions extends Presence<string> {
  /** Accepted schemes without the colon, e.g. `['nats', 'tls']`; any when left out. */
  readonly protocols?: readonly string[];
}

interface StringOptions extends Presence<string> {
  readonly pattern?: RegExp;
}

function variable<T, O extends Presence<T>>(
  name: string,
  options: O | undefined,
  example: string,
  parse: (text: string) => Parsed<T>,
  secret = false,
): Variable<Read<T, O>> {
  const fallback =
    options?.default !== undefined
      ? { value: options.default }
      : options?.optional === true
        ? { value: undefined }
        : undefined;
  return { variable: name, secret, fallback, example, parse } as Variable<Read<T, O>>;
}

function number<O extends Presence<number> & NumberRange>(
  name: string,
  options: O | undefined,
  noun: 'integer' | 'number',
): Variable<Read<number, O>> {
  const { min = -Infinity, max = Infinity } = options ?? {};
  const range = rangeText(min, max);
  const shape = noun === 'integer' ? /^[+-]?\d{1,16}$/ : /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d{1,3})?$/i;
  const wrong = {
    message: `must be ${noun === 'integer' ? 'an' : 'a'} ${noun}${range}`,
    fix: `set a ${noun === 'integer' ? 'whole number' : 'number'}${range}`,
  };
  return variable<number, O>(name, options, `${noun}${range}`, (text) => {
    const value = shape.test(text) ? Number(text) : Number.NaN;
    const ok = noun === 'integer' ? Number.isSafeInteger(value) : Number.isFinite(value);
    return ok && value >= min && value <= max ? { value } : wrong;
  });
}

function rangeText(min: number, max: number): string {
  if (min === -Infinity) return max === Infinity ? '' : ` of at most ${max}`;
  return max === Infinity ? ` of at least ${min}` : ` from ${min} to ${max}`;
}

/** The kinds of variables a service may read; an empty variable counts as unset. */
export const env = {
  string<const O extends StringOptions>(name: string, options?: O): Variable<Read<string, O>> {
    const { pattern } = options ?? {};
    return variable<string, O>(name, options, 'a text', (text) =>
      pattern === undefined || new RegExp(pattern.source, pattern.flags.replaceAll(/[gy]/g, '')).test(text)
        ? { value: text }
        : { message: `must match ${String(pattern)}`, fix: `set a value that matches ${String(pattern)}` },
    );
  },

  /** An absolute URL, kept as the text that was given. */
  url<const O extends UrlOptions>(name: string, options?: O): Variable<Read<string, O>> {
    const { protocols } = options ?? {};
    const example = `${protocols?.[0] ?? 'https'}://host:port`;
    return variable<string, O>(name, options, example, (text) => {
      const url = URL.parse(text);
      if (url === null || !text.includes('://'))
        return { message: 'must be an absolute URL', fix: `set it like ${example}` };
      if (protocols !== undefined && !protocols.includes(url.protocol.slice(0, -1)))
        return { message: `must use ${protocols.join(' or ')}`, fix: `set it like ${example}` };
      return { value: text };
    });
  },

  int<const O extends Presence<number> & NumberRange>(name: string, options?: O): Variable<Read<number, O>> {
    return number(name, options, 'integer');
  },

  number<const O extends Presence<number> & NumberRange>(name: string, options?: O): Variable<Read<number, O>> {
    return number(name, options, 'number');
  },

  /** `true`, `1`, `yes`, `on` or `false`, `0`, `no`, `off`, in any case. */
  boolean<const O extends Presence<boolean>>(name: string, options?: O): Variable<Read<boolean, O>> {
    return variable<boolean, O>(name, options, 'true or false', (text) => {
      const word = text.toLowerCase();
      if (['true', '1', 'yes', 'on'].includes(word)) return { value: true };
      if (['false', '0', 'no', 'off'].includes(word)) return { value: false };
      return { message: 'must be true or false', fix: 'set true or false' };
    });
  },

  oneOf<const V extends string, const O extends Presence<NoInfer<V>>>(
    name: string,
    values: readonly V[],
    options?: O,
  ): Variable<Read<V, O>> {
    return variable<V, O>(name, options, `one of ${values.join(', ')}`, (text) => {
      const value = values.find((candidate) => candidate === text);
      return value === undefined
        ? { message: `must be one of ${values.join(', ')}`, fix: `set ${values.join(' or ')}` }
        : { value };
    });
  },

  /** A credential; `<NAME>_FILE` may name a file that holds it instead (its trailing newline is dropped). */
  secret<const O extends Presence<Secret>>(name: string, options?: O): Variable<Read<Secret, O>> {
    return variable<Secret, O>(
      name,
      options,
      `the secret, or put it in a file and set ${name}_FILE`,
      (text) => ({ value: new Secret(text) }),
      true,
    );
  },
};
