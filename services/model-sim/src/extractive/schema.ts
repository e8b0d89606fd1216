import { isObject } from './passages.ts';

/** The parts of a JSON Schema the filler understands; `$ref` and `allOf` are resolved away. */
export interface Schema {
  type?: string | string[];
  properties?: Record<string, unknown>;
  required?: string[];
  items?: unknown;
  enum?: unknown[];
  const?: unknown;
  anyOf?: unknown[];
  oneOf?: unknown[];
  description?: string;
  default?: unknown;
  minItems?: number;
  maxItems?: number;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
}

const MAX_REFERENCES = 32;

/** Resolves `$ref` within `root` and merges `allOf`; anything that is no schema becomes the empty one. */
export function resolveSchema(value: unknown, root: unknown, depth = 0): Schema {
  if (!isObject(value) || depth > MAX_REFERENCES) return {};
  const { $ref, allOf, ...own } = value;
  const parts: Schema[] = [];
  if (typeof $ref === 'string') parts.push(resolveSchema(pointer(root, $ref), root, depth + 1));
  if (Array.isArray(allOf)) parts.push(...allOf.map((part) => resolveSchema(part, root, depth + 1)));
  return parts.reduceRight<Schema>(
    (merged, part) => ({
      ...part,
      ...merged,
      ...(part.properties ? { properties: { ...part.properties, ...merged.properties } } : {}),
      ...(part.required ? { required: [...part.required, ...(merged.required ?? [])] } : {}),
    }),
    own as Schema,
  );
}

/** The type a value should have; `object` and `array` are recognised by their keywords too. */
export function typeOf(schema: Schema): string | undefined {
  const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? []);
  const type = types.find((name) => name !== 'null');
  if (type !== undefined) return type;
  if (schema.properties !== undefined) return 'object';
  if (schema.items !== undefined) return 'array';
  return types[0];
}

export function allowsNull(schema: Schema): boolean {
  return Array.isArray(schema.type) && schema.type.includes('null');
}

function pointer(root: unknown, reference: string): unknown {
  if (!reference.startsWith('#')) return undefined;
  return reference
    .slice(1)
    .split('/')
    .slice(1)
    .map((token) => decodeURIComponent(token).replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((value, token) => (value as Record<string, unknown> | undefined)?.[token], root);
}
