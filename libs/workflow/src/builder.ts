import { canonicalJson, digestOf, readDefinition, type WorkflowDefinition } from '@parley/contracts';
import { compilePlan, DefinitionError } from '@parley/core';
import type { BuiltNode } from './nodes.ts';

export type WorkflowOptions = Partial<Omit<WorkflowDefinition, 'v' | 'name' | 'root'>>;

/** A checked definition: the same as that of a file which says the same. Throws `DefinitionError` with everything that is wrong. */
export function workflow(name: string, root: BuiltNode, options: WorkflowOptions = {}): WorkflowDefinition {
  const read = readDefinition({ name, root, ...options });
  if ('problems' in read) throw new DefinitionError(read.problems);
  compilePlan(read.definition, definitionDigest(read.definition));
  return read.definition;
}

/** What pins a definition: SHA-256 of its canonical JSON. */
export const definitionDigest = (definition: WorkflowDefinition): string => digestOf(canonicalJson(definition));
