import type { NodeDef, SubworkflowDef, WorkflowDefinition } from '@parley/contracts';
import { patternOf } from './patterns/registry.ts';

/** A workflow that another definition names, without its own nodes yet. */
export interface Unresolved {
  pointer: string;
  def: SubworkflowDef;
}

/** What is put into a definition in place of a name. */
export type Resolved = Required<Pick<SubworkflowDef, 'root' | 'digest'>> & Pick<SubworkflowDef, 'inputSchema'>;

/** Every workflow that a definition names and does not hold yet, in the order in which they are written. */
export function unresolvedIn(definition: WorkflowDefinition): Unresolved[] {
  const found: Unresolved[] = [];
  for (const [pointer, def] of nodesOf(definition.root))
    if (def.kind === 'subworkflow' && def.root === undefined) found.push({ pointer, def });
  return found;
}

/** The names of all workflows inside a node, at any depth. */
export function workflowsIn(root: NodeDef): Set<string> {
  const names = new Set<string>();
  for (const [, def] of nodesOf(root)) if (def.kind === 'subworkflow') names.add(def.workflow);
  return names;
}

/** A copy of the definition with the named workflows put in. */
export const withInlined = (
  definition: WorkflowDefinition,
  resolved: ReadonlyMap<SubworkflowDef, Resolved>,
): WorkflowDefinition => replaced(definition, resolved) as WorkflowDefinition;

/** Nodes with their pointers, parents first. A stack: the nesting of what is not yet checked is not bounded by ours. */
function* nodesOf(root: NodeDef): Generator<[pointer: string, def: NodeDef]> {
  const stack: [string, NodeDef][] = [['/root', root]];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const [pointer, def] = next;
    yield next;
    if (def.kind === 'task') continue;
    const parts = [...patternOf(def).parts(def)];
    for (const part of parts.toReversed()) stack.push([pointer + part.pointer, part.def]);
  }
}

function replaced(value: unknown, resolved: ReadonlyMap<unknown, Resolved>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const found = resolved.get(value);
  if (found !== undefined) return { ...value, ...found };
  if (Array.isArray(value)) return value.map((item) => replaced(item, resolved));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, replaced(item, resolved)]));
}
