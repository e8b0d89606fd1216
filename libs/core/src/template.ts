import type { Json } from '@parley/contracts';

/** A value of a template cannot be had. `pointer` names the reference. */
export class UnresolvedInput extends Error {
  override readonly name = 'UnresolvedInput';
  readonly pointer: string;

  constructor(pointer: string, message: string) {
    super(message);
    this.pointer = pointer;
  }
}

/** Finds the value that the first tokens of a pointer name, and how many tokens those are. */
export type Lookup = (tokens: readonly string[]) => { value: Json; used: number } | undefined;

/** The tokens of a JSON Pointer (RFC 6901), or undefined when it is not one or is empty. */
export function parsePointer(pointer: string): string[] | undefined {
  if (!pointer.startsWith('/') || /~(?![01])/.test(pointer)) return undefined;
  return pointer
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

const isObject = (value: Json | undefined): value is { [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The pointer of `{ "$from": pointer }`, or undefined for anything else. */
export function referenceOf(value: Json): string | undefined {
  if (!isObject(value)) return undefined;
  const from = value['$from'];
  return typeof from === 'string' && Object.keys(value).length === 1 ? from : undefined;
}

/** The template with every reference replaced. What a reference yields is data: it is not read as a template again. Throws `UnresolvedInput`. */
export function resolveTemplate(template: Json, lookup: Lookup): Json {
  if (Array.isArray(template)) return template.map((item) => resolveTemplate(item, lookup));
  if (!isObject(template)) return template;
  const pointer = referenceOf(template);
  if (pointer !== undefined) return resolvePointer(pointer, lookup);
  return Object.fromEntries(Object.entries(template).map(([key, value]) => [key, resolveTemplate(value, lookup)]));
}

/** Element `index` of what the template resolves to, without resolving the others. Undefined when that is not an array or has no such element. */
export function resolveElement(template: Json, index: number, lookup: Lookup): Json | undefined {
  const list = Array.isArray(template) ? template : resolveTemplate(template, lookup);
  const element = Array.isArray(list) ? list[index] : undefined;
  return element !== undefined && list === template ? resolveTemplate(element, lookup) : element;
}

function resolvePointer(pointer: string, lookup: Lookup): Json {
  const tokens = parsePointer(pointer);
  const found = tokens === undefined ? undefined : lookup(tokens);
  if (tokens === undefined || found === undefined)
    throw new UnresolvedInput(pointer, `${pointer} names nothing that is visible here`);
  let value = found.value;
  for (const token of tokens.slice(found.used)) {
    if (isObject(value) && '$blob' in value) {
      throw new UnresolvedInput(
        pointer,
        `${pointer} reaches into a value that is kept as a blob; refer to the whole value`,
      );
    }
    const next: Json | undefined = Array.isArray(value)
      ? /^(0|[1-9]\d*)$/.test(token)
        ? value[Number(token)]
        : undefined
      : isObject(value) && Object.hasOwn(value, token)
        ? value[token]
        : undefined;
    if (next === undefined)
      throw new UnresolvedInput(pointer, `${pointer} has no value: there is no ${JSON.stringify(token)}`);
    value = next;
  }
  return value;
}
