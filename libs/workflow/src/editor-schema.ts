import { definitionSchema, type SchemaNode } from '@parley/contracts';
import { Crew } from './crew.ts';
import { bodySchema } from './document-body.ts';
import { Sop } from './sop.ts';

interface EditorSchema extends SchemaNode {
  $schema: string;
  title: string;
  description: string;
}

/** JSON Schema of a workflow file, for editors: every form of document, every kind of node. */
export function editorSchema(): EditorSchema {
  const { $defs = {}, properties = {} } = definitionSchema();
  const sequence = $defs['sequence']?.properties ?? {};
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Parley workflow',
    description:
      'A tree of nodes (root), a list of steps (steps), a crew of roles (crew) or a standard operating procedure (sop).',
    type: 'object',
    properties: {
      $schema: { type: 'string' },
      ...properties,
      steps: sequence['steps'] ?? {},
      stopWhen: sequence['stopWhen'] ?? {},
      crew: bodySchema(Crew),
      sop: bodySchema(Sop),
    },
    required: ['name'],
    oneOf: ['root', 'steps', 'crew', 'sop'].map((form) => ({ required: [form] })),
    additionalProperties: false,
    $defs,
  };
}

/** What `workflows/schema.json` holds. */
export const editorSchemaFile = (): string => `${JSON.stringify(editorSchema(), null, 2)}\n`;
