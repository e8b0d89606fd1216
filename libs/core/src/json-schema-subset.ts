import type { Json } from '@parley/contracts';

type Schema = { [key: string]: Json };

const KEYWORDS_OF: { [type: string]: readonly string[] } = {
  object: [
    'properties',
    'required',
    'additionalProperties',
    'patternProperties',
    'propertyNames',
    'minProperties',
    'maxProperties',
  ],
  array: ['items', 'prefixItems', 'minItems', 'maxItems', 'uniqueItems', 'contains', 'minContains', 'maxContains'],
  string: ['minLength', 'maxLength', 'pattern', 'format'],
  number: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  boolean: [],
  null: [],
};
const COMPOSITIONS = ['anyOf', 'oneOf', 'allOf'];
const ANNOTATIONS = [
  '$schema',
  '$id',
  '$comment',
  'title',
  'description',
  'default',
  'examples',
  'deprecated',
  'readOnly',
  'writeOnly',
];
const DEFINITIONS = ['$defs', 'definitions'];

const SCHEMAS = new Set(['items', 'additionalProperties', 'propertyNames', 'contains']);
const SCHEMA_LISTS = new Set([...COMPOSITIONS, 'prefixItems']);
const SCHEMA_MAPS = new Set([...DEFINITIONS, 'properties', 'patternProperties']);

/**
 * Turns a schema into an equal one of which `z.fromJSONSchema` honours every keyword: it would skip some without a word, and a check that does not
 * check lets everything pass. Annotations go, implied parts are written out. Throws `Error` naming the keyword that it would skip or misread.
 */
export function withinSubset(schema: Json, at = '#'): Json {
  if (typeof schema === 'boolean') return schema;
  if (!isSchema(schema)) throw new Error(`${at} is not a schema`);
  const kept = Object.fromEntries(
    Object.entries(schema).filter(([key]) => key === '$schema' || !ANNOTATIONS.includes(key)),
  );
  checkKeywords(kept, at);
  const inner: Schema = {};
  for (const [key, value] of Object.entries(kept)) inner[key] = subschemas(key, value, `${at}/${key}`);
  return writtenOut(inner, at);
}

const isSchema = (value: Json | undefined): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function subschemas(key: string, value: Json, at: string): Json {
  if (SCHEMAS.has(key)) return withinSubset(value, at);
  if (SCHEMA_LISTS.has(key) && Array.isArray(value)) return value.map((item, i) => withinSubset(item, `${at}/${i}`));
  if (SCHEMA_MAPS.has(key) && isSchema(value)) {
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, withinSubset(item, `${at}/${name}`)]));
  }
  return value;
}

function checkKeywords(schema: Schema, at: string): void {
  const types = typesOf(schema);
  const typed = types.flatMap((type) => KEYWORDS_OF[type === 'integer' ? 'number' : type] ?? []);
  const assertions = Object.keys(schema).filter((key) => key !== '$schema' && !DEFINITIONS.includes(key));
  for (const key of assertions) {
    if (
      key === 'type' ||
      key === 'enum' ||
      key === 'const' ||
      key === '$ref' ||
      COMPOSITIONS.includes(key) ||
      typed.includes(key)
    )
      continue;
    const [type] = Object.entries(KEYWORDS_OF).find(([, keywords]) => keywords.includes(key)) ?? [];
    throw new Error(
      type === undefined ? `${at}: ${key} is not supported` : `${at}: ${key} needs "type": "${type}" beside it`,
    );
  }
  const others = (...but: string[]): string[] => assertions.filter((key) => !but.includes(key));
  const { $ref, additionalProperties, patternProperties } = schema;
  if ($ref !== undefined) {
    if (typeof $ref !== 'string' || !/^#(\/(\$defs|definitions)\/[^/]+)?$/.test($ref))
      throw new Error(`${at}: $ref is "#" or "#/$defs/name"`);
    if (others('$ref').length > 0)
      throw new Error(`${at}: ${others('$ref')[0]} beside $ref is not supported; put both into allOf`);
  }
  for (const key of ['enum', 'const'] as const) {
    if (schema[key] === undefined) continue;
    const values = key === 'enum' ? schema[key] : [schema[key]];
    const rest = others(key, 'type');
    if (rest.length > 0) throw new Error(`${at}: ${rest[0]} beside ${key} is not supported; put both into allOf`);
    if (!Array.isArray(values) || values.some((value) => value !== null && typeof value === 'object')) {
      throw new Error(`${at}: ${key} takes strings, numbers, booleans and null`);
    }
    if (types.length > 0 && !values.every((value) => types.some((type) => isOfType(value, type)))) {
      throw new Error(`${at}: ${key} has a value that is not of its type`);
    }
  }
  const compositions = COMPOSITIONS.filter((key) => key in schema);
  if (types.length === 0 && compositions.length > 1)
    throw new Error(`${at}: ${compositions.join(' beside ')} needs a "type"`);
  if (
    patternProperties !== undefined &&
    additionalProperties !== undefined &&
    typeof additionalProperties !== 'boolean'
  ) {
    throw new Error(`${at}: additionalProperties beside patternProperties is true or false`);
  }
}

const typesOf = ({ type }: Schema): string[] =>
  (Array.isArray(type) ? type : type === undefined ? [] : [type]).map(String);

function isOfType(value: Json, type: string): boolean {
  if (type === 'null') return value === null;
  return type === 'integer' ? Number.isInteger(value) : typeof value === type;
}

/** `required` names only listed properties, and an array's length is checked only beside `items`: the missing ones are `true`. */
function writtenOut(schema: Schema, at: string): Schema {
  const out = { ...schema };
  const { required, properties = {} } = schema;
  if (required !== undefined) {
    if (!Array.isArray(required) || !isSchema(properties)) throw new Error(`${at}: required is a list of names`);
    const names = required.map(String);
    const unlisted = names.find((name) => !Object.hasOwn(properties, name));
    if (unlisted !== undefined && schema['patternProperties'] !== undefined) {
      throw new Error(`${at}: beside patternProperties, list the required ${JSON.stringify(unlisted)} in properties`);
    }
    const additional = schema['additionalProperties'] ?? true;
    out['properties'] = { ...Object.fromEntries(names.map((name) => [name, additional])), ...properties };
  }
  if (typesOf(schema).includes('array') && schema['items'] === undefined && schema['prefixItems'] === undefined)
    out['items'] = true;
  return out;
}
