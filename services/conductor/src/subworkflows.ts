import {
  ContractError,
  encodeJson,
  type FieldProblem,
  nearestName,
  type SubworkflowDef,
  type WorkflowDefinition,
} from '@parley/contracts';
import { type Resolved, type Unresolved, unresolvedIn, withInlined, workflowsIn } from '@parley/core';

/** Where named workflows are found. `find` throws `ContractError` `workflow_unknown`. */
export interface Registered {
  find(name: string, version: number | undefined): Promise<{ digest: string; definition: WorkflowDefinition }>;
  /** Names that are registered. */
  names(): string[];
}

/** Bytes that the workflows which one definition names may have together: a definition is one message. */
const MAX_INLINED_BYTES = 768 * 1024;

/**
 * The definition with every workflow that it names put in: what runs is pinned with it. Those were made whole when they were registered, so one level is enough. Throws
 * `ContractError` `definition_invalid` with every name that is unknown, that leads back to this workflow, or that makes the definition too large.
 */
export async function withSubworkflows(
  definition: WorkflowDefinition,
  registered: Registered,
): Promise<WorkflowDefinition> {
  const resolved = new Map<SubworkflowDef, Resolved>();
  const problems: FieldProblem[] = [];
  let bytes = 0;
  for (const named of unresolvedIn(definition)) {
    const found = await lookUp(named, definition.name, registered);
    if ('code' in found) {
      problems.push(found);
      continue;
    }
    bytes += encodeJson(found.root).length;
    if (bytes > MAX_INLINED_BYTES) {
      const message = `the workflows that ${definition.name} names have more than ${MAX_INLINED_BYTES} bytes together; name fewer, or let it announce tasks instead`;
      problems.push({ pointer: named.pointer, code: 'limit_exceeded', message });
      break;
    }
    resolved.set(named.def, found);
  }
  const [first] = problems;
  if (first === undefined) return resolved.size === 0 ? definition : withInlined(definition, resolved);
  const text = problems.map(({ pointer, message }) => `${pointer}: ${message}`).join('\n');
  throw new ContractError('definition_invalid', text.slice(0, 8_000), { problems, field: first.pointer });
}

async function lookUp(
  { pointer, def: { workflow, version } }: Unresolved,
  own: string,
  registered: Registered,
): Promise<Resolved | FieldProblem> {
  const at = `${pointer}/workflow`;
  if (workflow === own) return { pointer: at, code: 'policy_violation', message: circle(own, own) };
  try {
    const { digest, definition } = await registered.find(workflow, version);
    if (workflowsIn(definition.root).has(own))
      return { pointer: at, code: 'policy_violation', message: circle(own, workflow) };
    const { root, inputSchema } = definition;
    return { digest, root, ...(inputSchema === undefined ? {} : { inputSchema }) };
  } catch (error) {
    if (!(error instanceof ContractError) || error.code !== 'workflow_unknown') throw error;
    const nearest = error.field === 'version' ? undefined : nearestName(workflow, registered.names());
    const hint = nearest === undefined ? '' : `; the nearest is ${nearest}`;
    return { pointer: at, code: 'reference_unknown', message: `${error.message}${hint}` };
  }
}

const circle = (own: string, through: string): string =>
  own === through
    ? `${own} names itself; repeat a part of it with a loop or a stateMachine`
    : `${through} names ${own} in turn; repeat a part of it with a loop or a stateMachine`;
