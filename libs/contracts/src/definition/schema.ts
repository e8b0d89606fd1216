import { z } from 'zod';
import { NodeDef } from './node.ts';
import { WorkflowDefinition } from './workflow.ts';

/** The part of JSON Schema (2020-12) that our own schemas are made of. */
export interface SchemaNode {
  $ref?: string;
  type?: string;
  const?: unknown;
  enum?: unknown[];
  required?: string[];
  default?: unknown;
  properties?: Record<string, SchemaNode>;
  additionalProperties?: SchemaNode | boolean;
  items?: SchemaNode;
  prefixItems?: SchemaNode[];
  oneOf?: SchemaNode[];
  anyOf?: SchemaNode[];
  $defs?: Record<string, SchemaNode>;
}

let schema: SchemaNode | undefined;

/** JSON Schema of a definition as it is written: what has a default may be left out. Nodes are `#/$defs/Node`, each kind `#/$defs/{kind}`. */
export function definitionSchema(): SchemaNode {
  schema ??= z.toJSONSchema(WorkflowDefinition, {
    metadata: namesOfKinds(),
    io: 'input',
    unrepresentable: 'any',
  }) as SchemaNode;
  return schema;
}

function namesOfKinds() {
  const names = z.registry<{ id: string }>();
  names.add(NodeDef, { id: 'Node' });
  const union = NodeDef instanceof z.ZodLazy ? NodeDef._zod.innerType : NodeDef;
  if (!(union instanceof z.ZodDiscriminatedUnion)) throw new TypeError('a node is one of several kinds');
  for (const kind of union.options) {
    if (!(kind instanceof z.ZodObject) || !(kind.shape['kind'] instanceof z.ZodLiteral)) {
      throw new TypeError('a kind of node is an object with a literal kind');
    }
    names.add(kind, { id: String(kind.shape['kind'].value) });
  }
  return names;
}

/** The kinds of node there are. */
export const nodeKinds = (): string[] =>
  (definitionSchema().$defs?.['Node']?.oneOf ?? []).map(({ $ref = '' }) => $ref.slice('#/$defs/'.length));

/** The schema that holds for this value: references followed, and of alternatives the one that the value most looks like. */
export function schemaFor(node: SchemaNode, value: unknown): SchemaNode {
  let found = node;
  // Our schemas are finite and every reference leads into `$defs`: a bound only against a mistake in them.
  for (let i = 0; i < 16; i++) {
    const options = found.oneOf ?? found.anyOf;
    if (found.$ref !== undefined) found = definitionSchema().$defs?.[found.$ref.slice('#/$defs/'.length)] ?? {};
    else if (options !== undefined) found = likest(options, value);
    else return found;
  }
  return found;
}

/** The schema of a value's member. */
export function memberSchema(node: SchemaNode, key: string | number): SchemaNode {
  if (typeof key === 'number') return node.prefixItems?.[key] ?? node.items ?? {};
  const { properties = {}, additionalProperties = {} } = node;
  if (Object.hasOwn(properties, key)) return properties[key] ?? {};
  return typeof additionalProperties === 'boolean' ? {} : additionalProperties;
}

/** The names that an object in this place of a document may have; undefined when any may stand there. */
export function knownKeys(
  document: SchemaNode,
  root: unknown,
  path: readonly (string | number)[],
): string[] | undefined {
  let value = root;
  let at = schemaFor(document, value);
  for (const key of path) {
    value = typeof value === 'object' && value !== null ? (value as Record<string | number, unknown>)[key] : undefined;
    at = schemaFor(memberSchema(at, key), value);
  }
  return at.properties === undefined ? undefined : Object.keys(at.properties);
}

function likest(options: readonly SchemaNode[], value: unknown): SchemaNode {
  let best: SchemaNode = {};
  let most = -1;
  for (const option of options) {
    const score = likeness(schemaFor(option, value), value);
    if (score > most) [best, most] = [option, score];
  }
  return best;
}

/** How many members of the value the schema names; a fixed value (`kind`) that differs rules it out. */
function likeness({ type, properties }: SchemaNode, value: unknown): number {
  if (typeof value !== 'object' || value === null) return properties === undefined ? 1 : 0;
  if (properties === undefined)
    return type === undefined || type === (Array.isArray(value) ? 'array' : 'object') ? 0 : -1;
  let score = 0;
  for (const [key, item] of Object.entries(value)) {
    if (!Object.hasOwn(properties, key)) continue;
    const fixed = properties[key]?.const;
    if (fixed !== undefined && fixed !== item) return -1;
    score += 1;
  }
  return score;
}
