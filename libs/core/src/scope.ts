import type { Json, NodeDef } from '@parley/contracts';
import { childAt, listOf } from './children.ts';
import { patternOf } from './patterns/registry.ts';
import type { Plan } from './plan.ts';
import { type ActiveNode, type ActiveRun, type Node, outputOf } from './state.ts';
import type { Lookup } from './template.ts';
import { indicesOf } from './tree.ts';

/** A place in a run: its definition, the node when it has begun, what it sees, and the input of a task there that states none. */
export interface Place {
  def: NodeDef;
  node: Node | undefined;
  lookup: Lookup;
  defaultInput: Json;
}

const RUN_INPUT: Json = { $from: '/input' };

/** The part of a pattern's view that comes from the node. */
export const viewOf = ({ state, counts, children }: ActiveNode, lookup: Lookup) => ({
  state,
  counts,
  lookup,
  output: (index: number) => outputOf(childAt(children, index)),
  outputs: () =>
    listOf(children)
      .map(outputOf)
      .filter((output) => output !== undefined),
});

/** Finds a place by walking down from the root: its cost is its depth. The nearest enclosing node that provides a name gives its value. */
export function locate(plan: Plan, run: ActiveRun, path: string): Place {
  const indices = indicesOf(path);
  let def: NodeDef = plan.definition.root;
  let node: Node | undefined = run.root;
  let defaultInput = RUN_INPUT;
  let lookup: Lookup = ([name]) => (name === 'input' ? { value: run.input, used: 1 } : undefined);
  for (const index of indices.slice(1)) {
    const parent: Node | undefined = node;
    if (parent === undefined || parent.status !== 'active' || def.kind === 'task')
      throw new Error(`nothing is at ${path}`);
    const outer = lookup;
    const parentDef = def;
    const pattern = patternOf(parentDef);
    lookup = (tokens) => pattern.provide(parentDef, index, tokens, viewOf(parent, outer)) ?? outer(tokens);
    defaultInput = pattern.defaultInput(parentDef, index) ?? defaultInput;
    def = pattern.childDef(parentDef, parent.state, index);
    node = childAt(parent.children, index);
  }
  return { def, node, lookup, defaultInput };
}
