import {
  definitionSchema,
  memberSchema,
  nearestName,
  schemaFor,
  type SchemaNode,
  type WorkflowDefinition,
} from '@parley/contracts';
import type { DefinitionProblem } from '@parley/core';

/** What is registered in the namespace that a workflow is meant for. */
export interface Known {
  readonly capabilities?: readonly string[];
  readonly agents?: readonly string[];
}

/** Members of a node that name a capability or agents, whatever its kind. */
const NAMES: Readonly<Record<string, keyof Known>> = { capability: 'capabilities', agents: 'agents', agent: 'agents' };

/** A problem for every capability and agent that a definition names and nobody has registered. Data, such as a task's input, is not looked into. */
export function unknownNames(definition: WorkflowDefinition, known: Known): DefinitionProblem[] {
  return [...unknownIn(definition, definitionSchema(), '', known)];
}

function* unknownIn(value: unknown, schema: SchemaNode, pointer: string, known: Known): Generator<DefinitionProblem> {
  if (typeof value !== 'object' || value === null) return;
  const at = schemaFor(schema, value);
  for (const [key, item] of Object.entries(value)) {
    const member = `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    const what = Object.hasOwn(at.properties ?? {}, key) ? NAMES[key] : undefined;
    const names = what === undefined ? undefined : known[what];
    if (names !== undefined && what !== undefined) yield* missingFrom(names, what, item, member);
    else yield* unknownIn(item, memberSchema(at, Array.isArray(value) ? Number(key) : key), member, known);
  }
}

function* missingFrom(
  names: readonly string[],
  what: keyof Known,
  value: unknown,
  pointer: string,
): Generator<DefinitionProblem> {
  const entries: [string, unknown][] = Array.isArray(value)
    ? value.map((item, i) => [`${pointer}/${i}`, item])
    : [[pointer, value]];
  for (const [at, name] of entries) {
    if (typeof name !== 'string' || names.includes(name)) continue;
    const nearest = nearestName(name, names);
    const hint =
      nearest === undefined ? `known: ${names.slice(0, 30).join(', ') || 'none'}` : `the nearest is ${nearest}`;
    const message = what === 'agents' ? `no agent ${name} is registered` : `no agent can ${name}`;
    yield { pointer: at, code: 'reference_unknown', message: `${message}; ${hint}` };
  }
}
