import { definitionSchema, memberSchema, schemaFor, type SchemaNode, type WorkflowDefinition } from '@parley/contracts';
import { isDeepStrictEqual } from 'node:util';
import { Document, visit } from 'yaml';

/** The line by which editors find the schema of a file beside `schema.json`. */
export const SCHEMA_LINE = '# yaml-language-server: $schema=./schema.json\n';

/** What is short stands on one line. */
const SHORT = 72;

/** A definition as a file that reads as the same definition: without what is the default anyway. */
export const toYaml = (definition: WorkflowDefinition): string =>
  yamlText(withoutDefaults(definition, definitionSchema()));

/** Data as YAML that every reader takes for the same. */
export function yamlText(data: unknown): string {
  // Quotes what YAML 1.1 reads as something else, and repeats what stands twice.
  const document = new Document(data, { compat: 'yaml-1.1', aliasDuplicateObjects: false });
  visit(document, {
    Collection(_, node, path) {
      if (path.length > 2 && JSON.stringify(node).length <= SHORT) node.flow = true;
    },
  });
  return document.toString({ lineWidth: 120, flowCollectionPadding: true });
}

function withoutDefaults(value: unknown, schema: SchemaNode): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const at = schemaFor(schema, value);
  if (Array.isArray(value)) return value.map((item, i) => withoutDefaults(item, memberSchema(at, i)));
  const kept: Record<string, unknown> = {};
  // What a node is comes first.
  const { kind, ...rest } = value as Record<string, unknown>;
  for (const [key, item] of Object.entries(kind === undefined ? rest : { kind, ...rest })) {
    const member = memberSchema(at, key);
    if (item === undefined || ('default' in member && isDeepStrictEqual(member.default, item))) continue;
    kept[key] = withoutDefaults(item, member);
  }
  return kept;
}
